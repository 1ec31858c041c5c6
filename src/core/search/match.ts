import { prepare, single } from "fuzzysort";
import type { FuzzyFileSearchResult } from "../../protocol/search.ts";
import type { Found } from "./file-list.ts";
import { createPause } from "./pause.ts";
import { codePointIndices, fold, lettersOf, occursInOrder } from "./text.ts";

/** What is found is found again by a longer query; null: nothing is known. */
export interface Narrowed {
  readonly query: string;
  /** How many entries the list had. */
  readonly length: number;
  readonly candidates: readonly Found[];
}

export interface Matches {
  /** Best first. */
  readonly files: readonly FuzzyFileSearchResult[];
  /** For the next query on the same list. */
  readonly narrowed: Narrowed | null;
}

/** More than this nobody looks at. */
const maxResults = 50;
/** A longer query finds nothing. */
const maxQueryChars = 500;
/** How many of the candidates, the likeliest first, are looked at closely. */
const closeLooks = 1000;
/** After so many entries others may get their turn. */
const stride = 256;
const closeStride = 32;
/** A match within the name goes before any other. */
const nameBonus = 65_536;

/** How a word occurs, the likeliest first; up to `inName` it does in the name. */
const kinds = { startsName: 0, isInName: 1, inName: 2, isInPath: 3, inPath: 4 };
const maxChars = 255;
const keys = (kinds.inPath + 1) * (maxChars + 1);

const nothing: Matches = { files: [], narrowed: null };

/**
 * Finds entries in which the words of a query occur, each in its order, letters of a word not necessarily together. All are sifted by a
 * quick look; the likeliest get a score, since that costs a hundred times more. Pauses often enough for others; null when `signal` aborted.
 */
export async function match(
  found: readonly Found[],
  query: string,
  before: Narrowed | null,
  signal: AbortSignal,
): Promise<Matches | null> {
  const text = fold(query.replaceAll("\\", "/")).trim();
  const words = text.split(/\s+/u);
  if (text === "" || query.length > maxQueryChars) return nothing;
  const letters = lettersOf(text);
  const pause = createPause(signal);

  const isNarrower = before !== null && before.length === found.length && text.startsWith(before.query);
  const haystack = isNarrower ? before.candidates : found;
  const length = found.length;
  const candidates: Found[] = [];
  const candidateKeys: number[] = [];
  const counts = new Uint32Array(keys);
  const end = haystack.length;
  for (let i = 0; i < end; i += 1) {
    if (i % stride === 0 && (await pause())) return null;
    const one = haystack[i];
    if (one === undefined || (one.letters & letters) !== letters) continue;
    const kind = kindOf(one, words);
    if (kind === null) continue;
    const key = kind * (maxChars + 1) + Math.min(maxChars, one.text.length);
    candidates.push(one);
    candidateKeys.push(key);
    counts[key] = (counts[key] ?? 0) + 1;
  }
  // The first key that is not looked at.
  let cut = 0;
  for (let looks = 0; cut < keys && looks < closeLooks; cut += 1) looks += counts[cut] ?? 0;

  const scored: FuzzyFileSearchResult[] = [];
  let looked = 0;
  for (const [i, one] of candidates.entries()) {
    if (i % stride === 0 && (await pause())) return null;
    const key = candidateKeys[i] ?? keys;
    if (key >= cut) continue;
    // Thousands may be alike.
    if ((looked += 1) > 2 * closeLooks) break;
    if (looked % closeStride === 0 && (await pause())) return null;
    const result = score(one, text, key < kinds.isInPath * (maxChars + 1));
    if (result !== null) scored.push(result);
  }
  scored.sort((a, b) => b.score - a.score || a.path.length - b.path.length || (a.path < b.path ? -1 : 1));
  return { files: scored.slice(0, maxResults), narrowed: { query: text, length, candidates } };
}

/** That of the word that occurs the least likely way; null when one does not occur. */
function kindOf({ text, nameAt }: Found, words: readonly string[]): number | null {
  let worst = 0;
  for (const word of words) {
    const at = text.indexOf(word, nameAt);
    let kind = at === nameAt ? kinds.startsName : kinds.isInName;
    if (at < 0) {
      if (occursInOrder(word, text, nameAt)) kind = kinds.inName;
      else if (text.includes(word)) kind = kinds.isInPath;
      else if (occursInOrder(word, text, 0)) kind = kinds.inPath;
      else return null;
    }
    worst = Math.max(worst, kind);
  }
  return worst;
}

function score({ root, path, isFolder }: Found, query: string, isInName: boolean): FuzzyFileSearchResult | null {
  const nameAt = path.lastIndexOf("/") + 1;
  const from = isInName ? nameAt : 0;
  // Prepared by hand: what the library prepares by itself it keeps for good.
  const result = single(query, prepare(path.slice(from)));
  if (result === null) return null;
  return {
    root,
    path,
    match_type: isFolder ? "directory" : "file",
    file_name: path.slice(nameAt),
    score: Math.round(result.score * (nameBonus - 1)) + (isInName ? nameBonus : 0),
    indices: codePointIndices(
      path,
      result.indexes.map((index) => index + from),
    ),
  };
}
