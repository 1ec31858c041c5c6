import fc from "fast-check";
import { expect, test } from "vitest";
import { cleanForModel, formatExecResult, outputBudget, shellStatus } from "../../../src/core/exec/format.ts";

const output = (text: string) => ({
  text,
  omittedBytes: 0,
  bytes: Buffer.byteLength(text),
  totalLines: text === "" ? 0 : text.split("\n").length,
});
const ended = { exitCode: 3, signal: null, durationMs: 182 };

test("a command that ended is told with its status", () => {
  expect(
    formatExecResult({
      chunkId: "5fbe8f",
      wallTimeMs: 181.7,
      state: ended,
      output: output("oops\n"),
      maxBytes: 40_000,
    }),
  ).toBe(
    "Chunk ID: 5fbe8f\nWall time: 0.1817 seconds\nProcess exited with code 3\nOriginal token count: 2\nOutput:\noops\n",
  );
});

test("a command that goes on is told with its session", () => {
  const text = formatExecResult({
    chunkId: "000001",
    wallTimeMs: 10_000,
    state: { sessionId: 93545 },
    output: output(""),
    maxBytes: 400,
  });
  expect(text).toBe(
    "Chunk ID: 000001\nWall time: 10.0000 seconds\nProcess running with session ID 93545\nOriginal token count: 0\nOutput:\n",
  );
});

test("a command that a signal ended has the status of a shell", () => {
  const state = { exitCode: null, signal: "SIGKILL", durationMs: 1 };
  expect(shellStatus(state)).toBe(137);
  expect(formatExecResult({ chunkId: "0", wallTimeMs: 0, state, output: output(""), maxBytes: 4 })).toContain(
    "Process exited with code 137 (SIGKILL)",
  );
});

test("too long an output keeps head and tail around a marker without line breaks", () => {
  const text = `${"h".repeat(1000)}\n${"t".repeat(1000)}`;
  const formatted = formatExecResult({
    chunkId: "0",
    wallTimeMs: 0,
    state: ended,
    output: output(text),
    maxBytes: 400,
  });
  expect(formatted.slice(formatted.indexOf("Output:\n") + 8)).toBe(
    `Warning: truncated output (original token count: 501)\nTotal output lines: 2\n\n${"h".repeat(200)}…401 tokens truncated…${"t".repeat(200)}`,
  );
});

test("what was cut before counts as truncated, and its marker goes", () => {
  const taken = {
    text: `${"h".repeat(500)}\n[... 9000 bytes left out ...]\n${"t".repeat(500)}`,
    omittedBytes: 9000,
    bytes: 10_000,
    totalLines: 7,
  };
  const formatted = formatExecResult({ chunkId: "0", wallTimeMs: 0, state: ended, output: taken, maxBytes: 800 });
  expect(formatted).toContain("original token count: 2500)\nTotal output lines: 7\n");
  expect(formatted).not.toContain("left out");
});

test("the budget is what was asked for, within what the model takes", () => {
  const tokens = { unit: "tokens", value: 10_000 } as const;
  expect(outputBudget(undefined, tokens)).toBe(40_000);
  expect(outputBudget(100, tokens)).toBe(400);
  expect(outputBudget(1e9, tokens)).toBe(40_000);
  expect(outputBudget(-5, tokens)).toBe(0);
  expect(outputBudget(undefined, { unit: "bytes", value: 10_000 })).toBe(10_000);
});

test("colours, titles and cursor movements go; other control characters are shown", () => {
  expect(cleanForModel("\u001b[1;31mred\u001b[0m \u001b]0;title\u0007x\u001b(B\u001b[?25l\u001b[2K")).toBe("red x");
  expect(cleanForModel("\u001b]8;;https://example.com\u001b\\link\u001b]8;;\u001b\\")).toBe("link");
  expect(cleanForModel("a\u0000b\u0008c\u007f\u009b")).toBe("a\\x00b\\x08c\\x7f\\x9b");
  expect(cleanForModel("tab\tline\r\nnext")).toBe("tab\tline\r\nnext");
  expect(cleanForModel("lone \u001b")).toBe("lone \\x1b");
});

test("no control character reaches the model and no character is cut in two, for any text and budget", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.integer({ min: 0, max: 400 }), (text, maxBytes) => {
      const formatted = formatExecResult({
        chunkId: "0",
        wallTimeMs: 0,
        state: ended,
        output: output(text.toWellFormed()),
        maxBytes,
      });
      expect(formatted).toMatch(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$/);
      if (!text.includes("\ufffd") && text.isWellFormed()) expect(formatted).not.toContain("\ufffd");
    }),
  );
});
