/** A text as it is compared: without letter case and accents. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  return /^[\x20-\x7e]*$/u.test(lower) ? lower : lower.normalize("NFKD").replace(/[\u0300-\u036f]/gu, "");
}

/** Which letters occur in a folded text: a bit each for a to z, one for digits, one for all that is not ASCII. */
export function lettersOf(folded: string): number {
  let bits = 0;
  for (let i = 0; i < folded.length; i += 1) {
    const code = folded.charCodeAt(i);
    if (code >= 97 && code <= 122) bits |= 1 << (code - 97);
    else if (code >= 48 && code <= 57) bits |= 1 << 26;
    else if (code > 127) bits |= 1 << 27;
  }
  return bits;
}

/** True when the characters of `word` occur in this order in `text` from `start` on. */
export function occursInOrder(word: string, text: string, start: number): boolean {
  let at = start;
  for (let i = 0; i < word.length; i += 1) {
    at = text.indexOf(word.charAt(i), at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** Positions in UTF-16 as positions in code points. */
export function codePointIndices(text: string, indices: readonly number[]): number[] {
  const sorted = [...new Set(indices)].sort((a, b) => a - b);
  if (!/[\u{10000}-\u{10ffff}]/u.test(text)) return sorted;
  return [...new Set(sorted.map((index) => Array.from(text.slice(0, index)).length))];
}
