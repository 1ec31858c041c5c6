import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { planEdit } from "../../src/extension/edit-plan.ts";
import type { DiskFile, OpenDocument } from "../../src/extension/edit-plan.ts";
import { replacements } from "../../src/extension/text-edits.ts";

const file = (content: string | Uint8Array): DiskFile => ({
  bytes: typeof content === "string" ? Buffer.from(content) : content,
  links: 1,
});
const hash = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");
const open: OpenDocument = { isDirty: false, encoding: "utf8", eol: "\n", text: "a\nb\nc\n" };
const disk = "a\nb\nc\n";

test("an open, unchanged file gets the smallest edit", () => {
  const plan = planEdit({ baseHash: hash(disk), text: "a\nB\nc\n" }, open, file(disk));
  expect(plan).toEqual({ kind: "edit", replacements: [{ start: 2, end: 4, text: "B\n" }] });
});

const outcome = (...[params, document, onDisk]: Parameters<typeof planEdit>): string => {
  const plan = planEdit(params, document, onDisk);
  return plan.kind === "edit" ? "edit" : plan.answer.status;
};

test("what the user typed or saved meanwhile is a conflict and is never overwritten", () => {
  const params = { baseHash: hash(disk), text: "new\n" };
  expect(outcome(params, { ...open, isDirty: true, text: "typed" }, file(disk))).toBe("conflict");
  expect(outcome(params, { ...open, text: "saved\n" }, file("saved\n"))).toBe("conflict");
  expect(outcome(params, open, null)).toBe("conflict");
  expect(outcome({ baseHash: null, text: "new\n" }, open, file(disk))).toBe("conflict");
  expect(outcome({ baseHash: hash(disk), text: null }, { ...open, isDirty: true }, file(disk))).toBe("conflict");
});

test("a file that is not open, or is to be deleted, is left to the server", () => {
  expect(outcome({ baseHash: hash(disk), text: "new\n" }, null, null)).toBe("refused");
  expect(outcome({ baseHash: hash(disk), text: null }, open, file(disk))).toBe("refused");
  expect(outcome({ baseHash: null, text: "new\n" }, open, null)).toBe("refused");
});

test("a file with further names is left to the server, which keeps their content", () => {
  const linked = { ...file(disk), links: 2 };
  expect(outcome({ baseHash: hash(disk), text: "new\n" }, open, linked)).toBe("refused");
  expect(outcome({ baseHash: hash("other"), text: "new\n" }, open, linked)).toBe("conflict");
});

test("windows line ends and the byte order mark stay as they are", () => {
  const text = "\uFEFFa\r\nb\r\n";
  const document: OpenDocument = { isDirty: false, encoding: "utf8bom", eol: "\r\n", text: "a\r\nb\r\n" };
  const plan = planEdit({ baseHash: hash(text), text: "\uFEFFa\r\nB\r\n" }, document, file(text));
  expect(plan).toEqual({ kind: "edit", replacements: [{ start: 3, end: 6, text: "B\r\n" }] });
});

test("what the editor would write otherwise than proposed goes to the server", () => {
  const windows: OpenDocument = { ...open, eol: "\r\n", text: "a\r\nb\r\n" };
  const onDisk = "a\r\nb\r\n";
  expect(outcome({ baseHash: hash(onDisk), text: "a\nb\n" }, windows, file(onDisk))).toBe("refused");
  const mixed = "a\r\nb\n";
  expect(outcome({ baseHash: hash(mixed), text: "a\r\nB\n" }, windows, file(mixed))).toBe("refused");
  const marked = "\uFEFFa\n";
  const withMark: OpenDocument = { ...open, encoding: "utf8bom", text: "a\n" };
  expect(outcome({ baseHash: hash(marked), text: "a\n" }, withMark, file(marked))).toBe("refused");
  expect(outcome({ baseHash: hash(disk), text: `\uFEFF${disk}` }, open, file(disk))).toBe("refused");
});

test("another encoding is never written as UTF-8 by the editor", () => {
  const latin = Uint8Array.from([0x61, 0xe9, 0x0a]);
  const document: OpenDocument = { ...open, encoding: "windows1252", text: "aé\n" };
  expect(outcome({ baseHash: hash(latin), text: "é\n" }, document, file(latin))).toBe("conflict");
  expect(outcome({ baseHash: hash(disk), text: "new\n" }, { ...open, encoding: "windows1252" }, file(disk))).toBe(
    "refused",
  );
});

const line = fc.constantFrom("", "a", "b", "c", "dd", "\t", "é", "😀");
const ending = fc.constantFrom("\n", "\r\n", "");
const text = fc.array(fc.tuple(line, ending)).map((lines) => lines.map((parts) => parts.join("")).join(""));

test("replacements turn any text into any other, in order and without overlap", () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      let result = "";
      let at = 0;
      for (const replacement of replacements(before, after)) {
        expect(replacement.start).toBeGreaterThanOrEqual(at);
        result += before.slice(at, replacement.start) + replacement.text;
        at = replacement.end;
      }
      expect(result + before.slice(at)).toBe(after);
    }),
  );
});

test("a rewrite of thousands of lines is one replacement", () => {
  const lines = (word: string): string => Array.from({ length: 5_000 }, (_, index) => `${word} ${index}\n`).join("");
  expect(replacements(`head\n${lines("x")}tail\n`, `head\n${lines("y")}tail\n`)).toHaveLength(1);
});

test("that one replacement cuts no character in two", () => {
  const between = Array.from({ length: 5_000 }, (_, index) => `x${index}`).join("\n");
  const other = between.replaceAll("x", "y");
  // 😀 and 😁 begin with the same half; 😀 and 🈀 end with the same half.
  expect(replacements(`a😀${between}😀b`, `a😁${other}🈀b`)).toEqual([
    { start: 1, end: between.length + 5, text: `😁${other}🈀` },
  ]);
});
