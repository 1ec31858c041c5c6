import fc from "fast-check";
import { expect, test } from "vitest";
import { createSequences } from "../../src/app-server/sequences.ts";
import type { ThreadEvent } from "../../src/core/thread/events.ts";

const warning = (threadId: string, message: string): ThreadEvent => ({ type: "warning", threadId, message });
const notLoaded = (threadId: string): ThreadEvent => ({
  type: "statusChanged",
  threadId,
  status: { type: "notLoaded" },
});
const now = () => 1_795_000_000_000;

test("whatever was kept comes back in order, whatever was not is said to be missing", () => {
  const messages = fc.array(fc.tuple(fc.constantFrom("a", "b"), fc.string({ maxLength: 300 })), { maxLength: 60 });
  fc.assert(
    fc.property(messages, fc.nat(60), (said, back) => {
      const sequences = createSequences({ now, maxThreadChars: 3000, maxChars: 5000 });
      for (const threadId of ["a", "b"]) sequences.keep(threadId);
      const all = said.map(([threadId, message]) => {
        const event = warning(threadId, message);
        return { event, sequence: sequences.next(event) };
      });
      const ofA = all.filter(({ event }) => event.threadId === "a");
      const after = sequences.last("a") - Math.min(back, ofA.length);
      const missed = sequences.after("a", after);
      if (missed !== null) expect(missed).toEqual(ofA.filter(({ sequence }) => sequence > after));
      // What is recent is always there: the bounds are beyond it.
      if (back <= 2 && said.every(([threadId]) => threadId === "a")) expect(missed).not.toBe(null);
    }),
  );
});

test("numbers go up by one from a time on, so that none of an earlier process is taken for one of ours", () => {
  const sequences = createSequences({ now });
  sequences.keep("a");
  const first = sequences.next(warning("a", "1"));
  expect([sequences.next(warning("a", "2")), sequences.last("a")]).toEqual([first + 1, first + 1]);
  const later = createSequences({ now: () => now() + 1 });
  later.keep("a");
  later.next(warning("a", "1"));
  expect([later.after("a", first), later.after("a", first + 1_000_000)]).toEqual([null, null]);
});

test("of a thread that nobody counts nothing is kept", () => {
  const sequences = createSequences({ now });
  const first = sequences.next(warning("a", "1"));
  expect([sequences.after("a", first), sequences.after("a", first - 1)]).toEqual([[], null]);
});

test("a thread that was unloaded begins anew", () => {
  let at = now();
  const sequences = createSequences({ now: () => at });
  sequences.keep("a");
  sequences.next(warning("a", "1"));
  const before = sequences.next(notLoaded("a"));
  at += 1;
  sequences.keep("a");
  sequences.next(warning("a", "2"));
  expect(sequences.after("a", before)).toBe(null);
});

test("beyond the bound of all, the thread that has been silent longest is forgotten first", () => {
  const sequences = createSequences({ now, maxChars: 2500 });
  const marks = ["a", "b"].map((threadId) => {
    sequences.keep(threadId);
    return sequences.next(warning(threadId, "x".repeat(900)));
  });
  sequences.next(warning("a", "x".repeat(900)));
  expect(sequences.after("a", marks[0] ?? 0)).toHaveLength(1);
  expect(sequences.after("b", (marks[1] ?? 0) - 1)).toBe(null);
});
