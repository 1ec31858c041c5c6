import { expect, test } from "vitest";
import { createSubscriptions } from "../../src/app-server/subscriptions.ts";

function record() {
  const subscriptions = createSubscriptions();
  const told: string[] = [];
  return {
    subscriptions,
    told,
    tell: (threadId: string, what: string) => subscriptions.tell(threadId, () => told.push(what)),
  };
}

test("only what is subscribed to is told", () => {
  const { subscriptions, told, tell } = record();
  subscriptions.add("a");
  tell("a", "1");
  tell("b", "2");
  expect(told).toEqual(["1"]);
});

test("a held thread waits, in order, and others do not", () => {
  const { subscriptions, told, tell } = record();
  subscriptions.add("a");
  subscriptions.add("b");
  const first = subscriptions.hold("a");
  const second = subscriptions.hold("a");
  tell("a", "1");
  tell("b", "2");
  first();
  tell("a", "3");
  expect(told).toEqual(["2"]);
  second();
  tell("a", "4");
  expect(told).toEqual(["2", "1", "3", "4"]);
});

test("what a thread says before its id is known is told once somebody subscribed to it", () => {
  const { subscriptions, told, tell } = record();
  const release = subscriptions.hold(null);
  tell("new", "started");
  tell("other", "lost");
  subscriptions.add("new");
  release();
  expect(told).toEqual(["started"]);
});

test("a thread held twice over, by itself and with all, waits for both", () => {
  const { subscriptions, told, tell } = record();
  subscriptions.add("a");
  const all = subscriptions.hold(null);
  const one = subscriptions.hold("a");
  tell("a", "1");
  all();
  expect(told).toEqual([]);
  one();
  expect(told).toEqual(["1"]);
});
