import { expect, test } from "vitest";
import { applyQueueChange } from "../../../../src/core/thread/rollout/queue-change.ts";
import type { QueuedSubmission } from "../../../../src/protocol/queue.ts";

const submission = (id: string, words = id): QueuedSubmission => ({
  id,
  clientUserMessageId: id,
  input: [{ type: "text", text: words, text_elements: [] }],
});
const [a, b, c] = [submission("a"), submission("b"), submission("c")];

test("a new message goes to the end, a changed one stays where it stands", () => {
  expect(applyQueueChange([a, b], { op: "put", submission: c })).toEqual([a, b, c]);
  const changed = submission("a", "changed");
  expect(applyQueueChange([a, b], { op: "put", submission: changed })).toEqual([changed, b]);
});

test("an order that names what is not there, or not everything, loses no message", () => {
  expect(applyQueueChange([a, b, c], { op: "order", ids: ["c", "x", "a", "c"] })).toEqual([c, a, b]);
  expect(applyQueueChange([a, b], { op: "remove", id: "x" })).toEqual([a, b]);
  expect(applyQueueChange([a, b], { op: "remove", id: "a" })).toEqual([b]);
});
