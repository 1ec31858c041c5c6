import { expect, test } from "vitest";
import type { ResponseItem } from "../../../src/core/model/types.ts";
import { keptUserMessages, summaryMessage, summaryOf, withoutOldOutputs } from "../../../src/core/prompt/compaction.ts";

const user = (text: string): ResponseItem => ({
  type: "message",
  role: "user",
  content: [{ type: "input_text", text }],
});
const output = (text: string): ResponseItem => ({ type: "function_call_output", call_id: "c", output: text });

test("the user's last messages are kept by their place, as many as fit, and always the very last", () => {
  const items = [user("first"), user("a".repeat(60_000)), user("b".repeat(60_000)), user("last")];
  expect(keptUserMessages(items, [0, 1, 2, 3], 1_000_000)).toEqual([2, 3]);
  expect(keptUserMessages([user("c".repeat(200_000))], [0], 1_000_000)).toEqual([0]);
});

test("in a small window fewer words of the user are kept", () => {
  const items = [user("a".repeat(4_000)), user("b".repeat(4_000)), user("last")];
  expect(keptUserMessages(items, [0, 1, 2], 8_000)).toEqual([1, 2]);
});

test("a message with an image stays by its text", () => {
  const item: ResponseItem = {
    type: "message",
    role: "user",
    content: [
      { type: "input_text", text: "what is this?" },
      { type: "input_image", image_url: "data:image/png;base64,AAAA" },
    ],
  };
  expect(keptUserMessages([item], [0], 100_000)).toEqual([
    {
      ...item,
      content: [{ type: "input_text", text: "what is this?" }, expect.objectContaining({ type: "input_text" })],
    },
  ]);
});

test("old outputs are dropped from the oldest on, until there is room; short ones stay", () => {
  const items = [output("x".repeat(10_000)), output("short"), output("y".repeat(10_000)), output("z".repeat(10_000))];
  expect(withoutOldOutputs(items, 15_000)).toEqual([
    expect.objectContaining({ call_id: "c", output: expect.stringContaining("dropped") as unknown }),
    1,
    expect.objectContaining({ call_id: "c" }),
    3,
  ]);
  expect(withoutOldOutputs(items, 50_000)).toBeNull();
});

test("the summary is read back out of its message as it was written", () => {
  expect(summaryOf(summaryMessage("what was done\n</handover>"))).toBe("what was done\n</handover>");
  expect(summaryOf(3)).toBeNull();
});
