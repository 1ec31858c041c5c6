import { expect, test } from "vitest";
import { deltaCoalescing } from "../../src/app-server/coalescing.ts";
import type { WireMessage } from "../../src/rpc/message.ts";
import { createOutbox } from "../../src/rpc/outbox.ts";

const delta = (threadId: string, itemId: string, text: string, more: object = {}): WireMessage => ({
  method: "item/agentMessage/delta",
  params: { threadId, turnId: "u", itemId, delta: text, ...more },
});
const completed = (threadId: string, itemId: string): WireMessage => ({
  method: "item/completed",
  params: { threadId, item: { id: itemId } },
});

/** What leaves an outbox that is behind from its first character on: `item=text`, the method, or `answer`. */
function leaves(...messages: WireMessage[]): string[] {
  const outbox = createOutbox({ coalescing: deltaCoalescing, coalesceFrom: 0 });
  for (const message of messages) outbox.push(message);
  return outbox.take(Infinity).map((text) => {
    const { method, params } = JSON.parse(text) as {
      method?: string;
      params: { itemId?: string; delta?: string; sequence?: number };
    };
    if (method === undefined) return "answer";
    const { itemId, delta: piece, sequence } = params;
    return piece === undefined ? method : `${itemId ?? ""}=${piece}${sequence === undefined ? "" : `@${sequence}`}`;
  });
}

test("deltas of one item become one, also where those of others are between them", () => {
  expect(leaves(delta("t", "a", "1"), delta("t", "b", "x"), delta("t", "a", "2"), delta("t", "b", "y"))).toEqual([
    "a=12",
    "b=xy",
  ]);
});

test("the text of an item does not go ahead of anything else of its thread, nor of an answer", () => {
  const answer: WireMessage = { id: 1, result: {} };
  expect(leaves(delta("t", "a", "1"), completed("t", "b"), delta("t", "a", "2"))).toEqual([
    "a=1",
    "item/completed",
    "a=2",
  ]);
  expect(leaves(delta("t", "a", "1"), answer, delta("t", "a", "2"))).toEqual(["a=1", "answer", "a=2"]);
  expect(leaves(delta("t", "a", "1"), completed("other", "b"), delta("t", "a", "2"))).toEqual([
    "a=12",
    "item/completed",
  ]);
});

test("parts of a reasoning are texts of their own", () => {
  expect(leaves(delta("t", "a", "1", { summaryIndex: 0 }), delta("t", "a", "2", { summaryIndex: 1 }))).toEqual([
    "a=1",
    "a=2",
  ]);
});

test("numbered deltas become one only as neighbours, under the last number", () => {
  const numbered = (itemId: string, text: string, sequence: number) => delta("t", itemId, text, { sequence });
  expect(
    leaves(
      numbered("a", "1", 1),
      numbered("a", "2", 2),
      numbered("b", "x", 3),
      numbered("a", "3", 4),
      numbered("a", "4", 5),
    ),
  ).toEqual(["a=12@2", "b=x@3", "a=34@5"]);
});

test("a reader who keeps up gets each delta", () => {
  const outbox = createOutbox({ coalescing: deltaCoalescing, coalesceFrom: 1000 });
  for (const text of ["1", "2", "3"]) outbox.push(delta("t", "a", text));
  expect(outbox.take(Infinity)).toHaveLength(3);
});

test("what waits is counted, and taken in portions; a longer message leaves alone", () => {
  const outbox = createOutbox({ coalescing: deltaCoalescing, coalesceFrom: 0 });
  for (const text of ["1", "2"]) outbox.push(completed("t", text));
  const long = { ...completed("t", "3"), params: "x".repeat(500) };
  outbox.push(long);
  const one = JSON.stringify(completed("t", "1")).length;
  expect(outbox.chars).toBe(2 * one + JSON.stringify(long).length);
  expect([outbox.take(2 * one).length, outbox.take(1).length, outbox.chars, outbox.isEmpty]).toEqual([2, 1, 0, true]);
  expect(outbox.take(1)).toEqual([]);
});

test("100,000 deltas of one text that nobody reads cost their text, not their envelopes", () => {
  const outbox = createOutbox({ coalescing: deltaCoalescing });
  for (let n = 0; n < 100_000; n++) outbox.push(delta("t", "a", "0123456789"));
  expect(outbox.chars).toBeLessThan(1_300_000);
  const text = outbox
    .take(Infinity)
    .map((line) => (JSON.parse(line) as { params: { delta: string } }).params.delta)
    .join("");
  expect(text).toBe("0123456789".repeat(100_000));
});
