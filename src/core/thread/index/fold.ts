/** A text as it is compared: lower case, of the same length as before, so that places in one are places in the other. */
export function fold(text: string): string {
  const clean = text.toWellFormed().replaceAll("\0", "\ufffd");
  const lower = clean.toLowerCase();
  if (lower.length === clean.length) return sameSigma(lower);
  // Few letters change their length ("İ"); they stay as they are.
  let folded = "";
  for (const letter of clean) {
    const small = letter.toLowerCase();
    folded += small.length === letter.length ? small : letter;
  }
  return sameSigma(folded);
}

/** The one letter whose small form depends on what follows it. */
const sameSigma = (lower: string): string => lower.replaceAll("ς", "σ");

/** Stretches of three characters, which is what the index knows of a text; of a long text, some of them. Empty for a shorter one. */
export function trigrams(folded: string, atMost: number): string[] {
  const letters = Array.from(folded);
  const all = new Set(letters.slice(2).map((last, at) => `${letters[at] ?? ""}${letters[at + 1] ?? ""}${last}`));
  const step = Math.max(1, all.size / atMost);
  const list = [...all];
  return Array.from({ length: Math.min(all.size, atMost) }, (_, index) => list[Math.floor(index * step)] ?? "");
}
