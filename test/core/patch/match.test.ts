import { describe, expect, test } from "vitest";
import { applyChunks } from "../../../src/core/patch/match.ts";
import { parsePatch } from "../../../src/core/patch/parse.ts";
import { wrap } from "./memory-files.ts";

/** The result of updating `text` by the chunk lines, or the message. */
function update(text: string, ...lines: readonly string[]): string {
  const parsed = parsePatch(wrap("*** Update File: f", ...lines));
  const operation = parsed.ok ? parsed.patch.operations[0] : undefined;
  if (operation?.kind !== "update") throw new Error(parsed.ok ? "not an update" : parsed.message);
  const result = applyChunks(text, operation.chunks);
  return result.ok ? result.text : result.message;
}

describe("the passes of a match", () => {
  test("the exact line wins over a looser one above it", () => {
    expect(update("  x\nx \nx\n", "-x", "+X")).toBe("  x\nx \nX\n");
  });
  test("trailing blanks are ignored before leading ones", () => {
    expect(update("  x\nx \n", "-x", "+X")).toBe("  x\nX\n");
  });
  test("kept lines keep the file's own text", () => {
    expect(update("alpha \n\tbeta\n“gamma”\n", " alpha", "-beta", "+BETA", ' "gamma"')).toBe("alpha \nBETA\n“gamma”\n");
  });
  test("typographic dashes, quotes and blanks are folded", () => {
    expect(update("a\u00a0–\u2003‘b’ “c”\n", "-a - 'b' \"c\"", "+x")).toBe("x\n");
  });
  test.each([
    ["letter case", "Alpha\n", "-alpha"],
    ["Unicode normalisation", "cafe\u0301\n", "-caf\u00e9"],
  ])("%s is not folded", (_name, text, line) => {
    expect(update(text, line, "+x")).toContain("not found");
  });
});

describe("the place of a chunk", () => {
  test("the first match counts, and the next chunk goes on after it", () => {
    expect(update("x\nx\nx\n", "@@", "-x", "+1", "@@", "-x", "+2")).toBe("1\n2\nx\n");
  });
  test("an anchor moves the search below its line", () => {
    expect(update("f\n x\ng\n x\n", "@@ g", "- x", "+ y")).toBe("f\n x\ng\n y\n");
  });
  test("a chunk bound to the end of the file matches only there", () => {
    expect(update("a\nb\na\n", "-a", "+z", "*** End of File")).toBe("a\nb\nz\n");
    expect(update("a\nb\n", "-a", "+z", "*** End of File")).toContain('leave out "*** End of File"');
  });
  test("an addition without context goes to the end, wherever it stands in the patch", () => {
    expect(update("a\nb\n", "@@", "+end", "@@", "-a", "+A")).toBe("A\nb\nend\n");
  });
  test("an addition without context goes before a last blank line, also when another chunk covers that line", () => {
    expect(update("a\n\n", "@@", "+end")).toBe("a\nend\n\n");
    expect(update("a\n\n", "@@", " a", " ", "@@", "+end")).toBe("a\n\nend\n");
  });
  test("an empty line at the end of a chunk may stand for the newline at the end of the file", () => {
    expect(update("a\nb\n", " a", "-b", "+B", "")).toBe("a\nB\n");
    expect(update("a\nb\n", "-b", "-", "+B", "+")).toBe("a\nB\n");
    expect(update("a\nb\n", " b", " ", "+c")).toBe("a\nb\n\nc\n");
  });
});

describe("line ends and the byte order mark", () => {
  test("untouched lines keep their line ends, added lines take the first one of the file", () => {
    expect(update("a\r\nb\nc\r\nd\n", "-b", "+B")).toBe("a\r\nB\r\nc\r\nd\n");
    expect(update("a\nb\r\nc\n", " b", "+new")).toBe("a\nb\r\nnew\nc\n");
  });
  test("the result ends in a newline of the file's kind", () => {
    expect(update("a\r\nb", "-a", "+A")).toBe("A\r\nb\r\n");
    expect(update("a", " a", "+b")).toBe("a\nb\n");
  });
  test("a file that loses all its lines is empty", () => {
    expect(update("a\nb\n", "-a", "-b")).toBe("");
  });
  test("an empty file takes additions", () => {
    expect(update("", "+a")).toBe("a\n");
  });
  test("a byte order mark does not hinder a match on the first line, and stays once", () => {
    expect(update("\uFEFFa\nb\n", "-a", "+A")).toBe("\uFEFFA\nb\n");
    expect(update("\uFEFFa\nb\n", "-\uFEFFa", "+\uFEFFA")).toBe("\uFEFFA\nb\n");
    expect(update("\uFEFFa\nb\n", "+\uFEFFtop", " a")).toBe("\uFEFFtop\na\nb\n");
  });
});

describe("what does not fit says why", () => {
  test("the closest place and the first line that differs there", () => {
    expect(update("one\nfunction f() {\n  return 1;\n}\n", " function f() {", "-  return 2;", "+  return 3;")).toBe(
      'Chunk 1 of 1 (patch line 3): These lines were not found:\n  function f() {\n    return 2;\nThe closest place is line 2 of the file, but line 3 reads "  return 1;" where the patch has "  return 2;". Read the file again and copy the lines as they are now.',
    );
  });
  test("that the file ends too early", () => {
    expect(update("function f() {\n", " function f() {", "-  x", "+  y")).toContain(
      "but the file ends where the patch has",
    );
  });
  test("that the chunks are not in the order of the file", () => {
    expect(update("a\nb\n", "@@", "-b", "+B", "@@", "-a", "+A")).toContain(
      "They are only at line 1 of the file, above",
    );
    expect(update("a\nb\nc\n", "@@", "-b", "+B", "@@ a", "-c")).toContain(
      "only at line 1 of the file, above the chunk before it",
    );
  });
  test("that line numbers are not used", () => {
    expect(update("a\n", "@@ -1,2 +1,2 @@", "-a", "+b")).toContain("line numbers, which are not used here");
  });
  test("which anchor is missing", () => {
    expect(update("a\n", "@@ nowhere", "-a", "+b")).toContain('no line of the file reads "nowhere"');
  });
  test("long patterns and lines are shortened", () => {
    const message = update("a\n", ...Array.from({ length: 50 }, () => "-" + "x".repeat(1000)));
    expect(message.length).toBeLessThan(4000);
    expect(message).toContain("… and 38 more lines");
  });
});

test("a change near the end of a 10 MB file is found, in the loosest pass too", () => {
  const lines = Array.from(
    { length: 200_000 },
    (_, index) => `  line ${index} with some words that make it fifty bytes`,
  );
  const text = lines.join("\n") + "\n";
  const result = update(text, `-line 199990 with some words that make it fifty bytes`, "+changed");
  expect(result).toBe(text.replace("  line 199990 with some words that make it fifty bytes", "changed"));
});

test("a file that repeats itself without end is given up with a message, not searched for ever", () => {
  const text = "x\n".repeat(100_000);
  const pattern = [...Array.from({ length: 20_000 }, () => " x"), "-y"];
  expect(update(text, ...pattern)).toContain("the file repeats itself too often");
});
