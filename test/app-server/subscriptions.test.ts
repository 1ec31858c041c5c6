import { expect, test } from "vitest";
import { createSubscriptions } from "../../src/app-server/subscriptions.ts";

function record() {
  const changes: string[] = [];
  const subscriptions = createSubscriptions({
    onAdded: (threadId) => changes.push(`+${threadId}`),
    onRemoved: (threadId) => changes.push(`-${threadId}`),
  });
  const told: string[] = [];
  return {
    subscriptions,
    changes,
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

test("a held thread waits, in order, until nobody holds it, and others do not wait", () => {
  const { subscriptions, told, tell } = record();
  subscriptions.add("a");
  subscriptions.add("b");
  const first = subscriptions.hold("a");
  const second = subscriptions.hold("a");
  tell("a", "1");
  tell("b", "2");
  first();
  first();
  tell("a", "3");
  expect(told).toEqual(["2"]);
  second();
  tell("a", "4");
  expect(told).toEqual(["2", "1", "3", "4"]);
});

test("what a held thread says is told to who has subscribed by its release, and dropped when the subscription ends before", () => {
  const { subscriptions, told, tell } = record();
  const release = subscriptions.hold("a");
  tell("a", "1");
  subscriptions.add("a");
  subscriptions.remove("a");
  subscriptions.add("a");
  tell("a", "2");
  release();
  expect(told).toEqual(["2"]);
});

test("each change of a subscription is said once", () => {
  const { subscriptions, changes } = record();
  subscriptions.add("a");
  subscriptions.add("a");
  expect(subscriptions.remove("a")).toBe(true);
  expect(subscriptions.remove("a")).toBe(false);
  expect(changes).toEqual(["+a", "-a"]);
});
