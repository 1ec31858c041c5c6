import { describe, expect, test } from "vitest";
import { parsePatch } from "../../../src/core/patch/parse.ts";
import { wrap } from "./memory-files.ts";

const messageOf = (text: string): string => {
  const result = parsePatch(text);
  return result.ok ? "parsed" : result.message;
};

test("a patch is read into its operations, with the lines they stand on", () => {
  const text = wrap(
    "*** Add File: new.txt",
    "+one",
    "+",
    "*** Delete File: gone.txt",
    "*** Update File: a.ts",
    "*** Move to: b.ts",
    "@@ function f() {",
    " keep",
    "-old",
    "+new",
    "",
    "@@",
    "+end",
    "*** End of File",
  );
  expect(parsePatch(text)).toEqual({
    ok: true,
    patch: {
      operations: [
        { kind: "add", path: "new.txt", line: 2, text: "one\n\n" },
        { kind: "delete", path: "gone.txt", line: 5 },
        {
          kind: "update",
          path: "a.ts",
          line: 6,
          movePath: "b.ts",
          chunks: [
            {
              line: 8,
              anchor: "function f() {",
              lines: [
                { kind: "context", text: "keep" },
                { kind: "remove", text: "old" },
                { kind: "add", text: "new" },
                { kind: "context", text: "" },
              ],
              isEndOfFile: false,
            },
            { line: 13, anchor: null, lines: [{ kind: "add", text: "end" }], isEndOfFile: true },
          ],
        },
      ],
    },
  });
});

test.each([
  ["CRLF line ends", wrap("*** Add File: a", "+x").replaceAll("\n", "\r\n")],
  ["blank lines around", `\n\n${wrap("*** Add File: a", "+x")}\n\n`],
  ["no final newline", wrap("*** Add File: a", "+x").trimEnd()],
  ["padded markers and headers", "  *** Begin Patch \n *** Add File:  a  \n+x\n  *** End Patch  "],
  ["a heredoc around it", `<<'EOF'\n${wrap("*** Add File: a", "+x")}EOF\n`],
  ["a heredoc with double quotes", `<<"EOF"\n${wrap("*** Add File: a", "+x")}EOF`],
  ["an environment line", wrap("*** Environment ID: local", "*** Add File: a", "+x")],
])("a patch with %s is read", (_name, text) => {
  expect(parsePatch(text)).toMatchObject({
    ok: true,
    patch: { operations: [{ kind: "add", path: "a", text: "x\n" }] },
  });
});

test("a file may be added without lines", () => {
  expect(parsePatch(wrap("*** Add File: empty"))).toMatchObject({ ok: true, patch: { operations: [{ text: "" }] } });
});

test("inside a chunk a line that starts with a blank is context, even when it looks like a header", () => {
  const text = wrap("*** Update File: a", "@@", " *** Delete File: z", "-*** End Patch", "+x");
  expect(parsePatch(text)).toMatchObject({
    ok: true,
    patch: {
      operations: [{ chunks: [{ lines: [{ text: "*** Delete File: z" }, { text: "*** End Patch" }, { text: "x" }] }] }],
    },
  });
});

test("half a surrogate pair becomes the replacement character, so that what is shown is what is written", () => {
  expect(parsePatch(wrap("*** Add File: a", "+\ud800"))).toMatchObject({
    ok: true,
    patch: { operations: [{ text: "\ufffd\n" }] },
  });
});

describe("what is refused says where and what to do", () => {
  test.each([
    [
      "text before",
      "Here it is:\n" + wrap("*** Add File: a"),
      'line 1: the patch must start with the line "*** Begin Patch"',
    ],
    ["a code fence", "```\n" + wrap("*** Add File: a") + "```", "line 1: the patch must start"],
    [
      "a missing end",
      "*** Begin Patch\n*** Add File: a\n+x",
      'line 3: the patch must end with the line "*** End Patch"',
    ],
    ["only a begin", "*** Begin Patch", "the patch must end"],
    ["nothing", "", "the patch must start"],
    ["mismatched heredoc quotes", `<<'EOF"\n${wrap("*** Add File: a")}EOF`, "the patch must start"],
    ["no operation", wrap(), "names no file"],
    ["an unknown header", wrap("*** Rename File: a"), 'line 2: "*** Rename File: a" is not a file header'],
    ["a header in the wrong case", wrap("*** add file: a"), "case-sensitive"],
    ["a header without a path", wrap("*** Add File: "), "line 2"],
    ["a unified diff", wrap("--- a/x", "+++ b/x"), "Unified diff headers are not used here"],
    ["a new file with a line without +", wrap("*** Add File: a", "+x", "y"), "In a new file every line starts with +"],
    ["an update without chunks", wrap("*** Update File: a"), "changes nothing"],
    ["a move without chunks", wrap("*** Update File: a", "*** Move to: b"), "A move needs at least one chunk"],
    ["two anchors in a row", wrap("*** Update File: a", "@@ x", "@@ y", "-z"), "line 4: two @@ lines in a row"],
    ["a chunk without lines", wrap("*** Update File: a", "@@"), "a chunk without lines"],
    ["a bad sign", wrap("*** Update File: a", "@@", " x", "!y"), 'line 5: "!y" is not a line of a chunk'],
    ["lines after the end of file", wrap("*** Update File: a", "@@", " x", "*** End of File", "+y"), "line 6"],
    ["a NUL in a path", wrap("*** Add File: a\0b"), "NUL"],
    ["a very long path", wrap(`*** Add File: ${"a".repeat(5000)}`), "4,096"],
  ])("%s", (_name, text, message) => {
    expect(messageOf(text)).toContain(message);
  });

  test("line numbers count blank lines before the patch", () => {
    expect(messageOf("\n\n" + wrap("*** Nonsense"))).toContain("line 4:");
  });

  test("a patch over 16 MiB", () => {
    expect(messageOf(wrap("*** Add File: a", "+" + "x".repeat(17 * 1024 * 1024)))).toContain("16 MiB");
  });

  test("too many operations", () => {
    expect(messageOf(wrap(...Array.from({ length: 2001 }, (_, index) => `*** Delete File: ${index}`)))).toContain(
      "2000 file operations",
    );
  });
});
