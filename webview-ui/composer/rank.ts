interface Named {
  readonly name: string;
  readonly detail: string | null;
}

/** Those that fit what was typed, best first; without a query all of them as they are. */
export function ranked<T extends Named>(entries: readonly T[], query: string): readonly T[] {
  const wanted = query.toLowerCase();
  if (wanted === "") return entries;
  return entries
    .flatMap((entry) => {
      const rank = rankOf(entry, wanted);
      return rank === null ? [] : [{ entry, rank }];
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ entry }) => entry);
}

/** Lower is better; null: it does not fit. */
function rankOf({ name, detail }: Named, wanted: string): number | null {
  const known = name.toLowerCase();
  if (known.startsWith(wanted)) return 0;
  if (known.split(/[-_.: ]/).some((part) => part.startsWith(wanted))) return 1;
  if (known.includes(wanted)) return 2;
  if (hasInOrder(known, wanted)) return 3;
  return wanted.length > 2 && detail?.toLowerCase().includes(wanted) === true ? 4 : null;
}

/** The letters of `wanted` stand in `known`, in this order. */
function hasInOrder(known: string, wanted: string): boolean {
  let at = 0;
  for (const letter of wanted) {
    at = known.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
