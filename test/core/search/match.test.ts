import { expect, test } from "vitest";
import { match, type Narrowed } from "../../../src/core/search/match.ts";
import { fold, lettersOf } from "../../../src/core/search/text.ts";

const never = new AbortController().signal;
const entry = (path: string, isFolder = false) => {
  const text = fold(path);
  return { root: "/r", path, isFolder, text, letters: lettersOf(text), nameAt: text.lastIndexOf("/") + 1 };
};
const entries = (...paths: readonly string[]) => paths.map((path) => entry(path));
const paths = async (found: readonly string[], query: string) =>
  (await match(entries(...found), query, null, never))?.files.map(({ path }) => path);

test("a match within the name goes before one across folders, and the beginning of a name before its middle", async () => {
  const found = ["main/other.ts", "src/domain.ts", "src/main.ts", "m/a/i/n.txt"];
  expect(await paths(found, "main")).toEqual(["src/main.ts", "src/domain.ts", "main/other.ts", "m/a/i/n.txt"]);
});

test("letters need not be together, but must come in order", async () => {
  expect(await paths(["src/core/main.ts", "niam.ts"], "cmts")).toEqual(["src/core/main.ts"]);
});

test("every word must occur, in any order", async () => {
  expect(await paths(["src/core/main.ts", "src/core/other.ts"], "main core")).toEqual(["src/core/main.ts"]);
});

test("letter case, accents and the direction of slashes do not matter", async () => {
  expect(await paths(["Über/Café.md"], "uber\\cafe")).toEqual(["Über/Café.md"]);
  expect(await paths(["readme.md"], "README")).toEqual(["readme.md"]);
});

test("indices count code points, in ascending order", async () => {
  const [file] = (await match(entries("😀/😀main.ts"), "main", null, never))?.files ?? [];
  expect(file?.indices).toEqual([3, 4, 5, 6]);
});

test("a longer query looks only at what the shorter one found, and finds the same", async () => {
  const found = entries(...Array.from({ length: 3000 }, (_, index) => `src/${index % 7}/file-${index}.ts`));
  const fresh = await match(found, "file 29", null, never);
  const narrowed: Narrowed | null = (await match(found, "file 2", null, never))?.narrowed ?? null;
  expect(narrowed?.candidates.length).toBeLessThan(3000);
  expect((await match(found, "file 29", narrowed, never))?.files).toEqual(fresh?.files);
  // Of another length of the list it knows nothing.
  const more = [...found, entry("file-29")];
  expect((await match(more, "file 29", narrowed, never))?.files[0]?.path).toBe("file-29");
});

test("nothing is found for an empty or an endless query, and nothing is said when it is not wanted any more", async () => {
  expect(await paths(["a.ts"], " ")).toEqual([]);
  expect(await paths(["a".repeat(2000)], "a".repeat(1000))).toEqual([]);
  expect(await match(entries("a.ts"), "a", null, AbortSignal.abort())).toBeNull();
});
