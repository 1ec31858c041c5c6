import fc from "fast-check";
import { diffArrays } from "diff";
import { expect, test } from "vitest";
import { parsePatch } from "../../../src/core/patch/parse.ts";
import { verifyPatch } from "../../../src/core/patch/verify.ts";
import { memoryFiles, netOf, verify, wrap } from "./memory-files.ts";

/** Few different lines, some that differ in blanks only and some that look like markers: places are ambiguous on purpose. */
const line = fc.constantFrom(
  "a",
  " a",
  "a ",
  "b",
  "",
  "{",
  "}",
  "@@",
  "+x",
  "-x",
  "*** End Patch",
  "*** Update File: z",
  "“q”",
  "é",
);
const lines = fc.array(line, { minLength: 1, maxLength: 25 });

/** One chunk over the whole file: unambiguous, so that the result is exactly the edit. */
function wholeChunk(before: readonly string[], after: readonly string[]): string[] {
  return diffArrays([...before], [...after]).flatMap(({ value, added, removed }) =>
    value.map((text) => (added ? "+" : removed ? "-" : " ") + text),
  );
}

test("property: the patch made of any edit applies to the edit's result", async () => {
  await fc.assert(
    fc.asyncProperty(lines, lines, fc.constantFrom("\n", "\r\n"), async (before, after, eol) => {
      const text = (of: readonly string[]): string => of.map((one) => one + eol).join("");
      const result = await verify({ f: text(before) }, "*** Update File: f", "@@", ...wholeChunk(before, after));
      expect(result.ok ? (netOf(result.plan)["f"] ?? text(before)) : result.message).toBe(text(after));
    }),
    { numRuns: 500 },
  );
});

test("property: single changed lines of a file with distinct lines, each in a chunk of its own, apply in order", async () => {
  const edit = fc.record({
    size: fc.integer({ min: 1, max: 60 }),
    changed: fc.uniqueArray(fc.nat(59), { maxLength: 10 }),
  });
  await fc.assert(
    fc.asyncProperty(edit, async ({ size, changed }) => {
      const before = Array.from({ length: size }, (_, index) => `line ${index}`);
      const places = changed.filter((index) => index < size).toSorted((a, b) => a - b);
      const after = before.map((text, index) => (places.includes(index) ? text.toUpperCase() : text));
      const chunks = places.flatMap((index) => ["@@", `-line ${index}`, `+LINE ${index}`]);
      if (chunks.length === 0) return;
      const result = await verify({ f: before.join("\n") + "\n" }, "*** Update File: f", ...chunks);
      expect(result.ok ? netOf(result.plan) : result.message).toEqual({ f: after.join("\n") + "\n" });
    }),
  );
});

test("property: any text is read as a patch or refused with a message, and never throws", () => {
  const noise = fc.array(
    fc.oneof(
      fc.constantFrom(
        "*** Begin Patch",
        "*** End Patch",
        "*** Add File: a",
        "*** Update File: a",
        "*** Move to: b",
        "@@",
        "@@ x",
        "+",
        "-x",
        " ",
      ),
      fc.string({ unit: "binary" }),
    ),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(noise, (parts) => {
      const result = parsePatch(parts.join("\n"));
      expect(result.ok || result.message.length > 0).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("property: a patch with a changed byte is refused, or yields whole files of lines that the file or the patch has", async () => {
  const files = { a: "one\ntwo\nthree\n", b: "x\ny\n" };
  const text = wrap("*** Update File: a", "@@ one", "-two", "+2", "*** Delete File: b", "*** Add File: c", "+new");
  const bytes = Buffer.from(text);
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }), async (index, byte) => {
      const changed = Buffer.from(bytes);
      changed[index] = byte;
      const mutated = changed.toString("utf8");
      const parsed = parsePatch(mutated);
      const result = parsed.ok ? await verifyPatch(parsed.patch, { cwd: "/repo", read: memoryFiles(files) }) : parsed;
      if (!result.ok) return;
      const known = new Set([
        ...Object.values(files).join("").split("\n"),
        ...mutated.split(/\r?\n/).map((one) => one.slice(1)),
      ]);
      for (const content of Object.values(netOf(result.plan))) {
        expect(content === null || content === "" || content.endsWith("\n")).toBe(true);
        for (const one of content?.split("\n") ?? []) expect(known).toContain(one);
      }
    }),
    { numRuns: 500 },
  );
});
