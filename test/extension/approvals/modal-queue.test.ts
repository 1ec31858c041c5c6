import { expect, test } from "vitest";
import { createModalQueue } from "../../../src/extension/approvals/modal-queue.ts";
import { manualClock } from "../manual-clock.ts";

type Answer = "decline" | "accept";

/** A dialog that stays open until the test answers it, and counts how often it was opened. */
function dialog() {
  const opened: { again: boolean; answer: (value: Answer | undefined) => void }[] = [];
  return {
    opened,
    question: (isWithdrawn: () => boolean = () => false) => ({
      show: (again: boolean) => new Promise<Answer | undefined>((answer) => opened.push({ again, answer })),
      allows: (value: Answer) => value === "accept",
      isWithdrawn,
    }),
  };
}

test("a dialog waits until nothing was typed for half a second", async () => {
  const clock = manualClock();
  const queue = createModalQueue(clock);
  const { opened, question } = dialog();
  queue.typed();
  void queue.ask(question());
  await clock.pass(400);
  queue.typed();
  await clock.pass(499);
  expect(opened).toHaveLength(0);
  await clock.pass(1);
  expect(opened).toHaveLength(1);
});

test("an allow within half a second is not taken and the question is put again", async () => {
  const clock = manualClock();
  const queue = createModalQueue(clock);
  const { opened, question } = dialog();
  const answer = queue.ask(question());
  await clock.pass(499);
  opened[0]?.answer("accept");
  await clock.pass(0);
  expect(opened.map(({ again }) => again)).toEqual([false, true]);
  await clock.pass(500);
  opened[1]?.answer("accept");
  await expect(answer).resolves.toBe("accept");
});

test("a decline is taken at any speed", async () => {
  const clock = manualClock();
  const { opened, question } = dialog();
  const answer = createModalQueue(clock).ask(question());
  await clock.pass(0);
  opened[0]?.answer("decline");
  await expect(answer).resolves.toBe("decline");
});

test("dialogs open one at a time", async () => {
  const clock = manualClock();
  const queue = createModalQueue(clock);
  const first = dialog();
  const second = dialog();
  void queue.ask(first.question());
  void queue.ask(second.question());
  await clock.pass(1_000);
  expect([first.opened.length, second.opened.length]).toEqual([1, 0]);
  first.opened[0]?.answer("decline");
  await clock.pass(0);
  expect(second.opened).toHaveLength(1);
});

test("a question that was withdrawn while it waited is not put", async () => {
  const clock = manualClock();
  const queue = createModalQueue(clock);
  const { opened, question } = dialog();
  let isWithdrawn = false;
  queue.typed();
  const answer = queue.ask(question(() => isWithdrawn));
  isWithdrawn = true;
  await clock.pass(500);
  await expect(answer).resolves.toBeUndefined();
  expect(opened).toHaveLength(0);
});

test("a dialog that fails does not hold up the next one", async () => {
  const clock = manualClock();
  const queue = createModalQueue(clock);
  const failing = queue.ask<Answer>({
    show: () => Promise.reject(new Error("no window")),
    allows: () => false,
    isWithdrawn: () => false,
  });
  await expect(failing).rejects.toThrow("no window");
  const { opened, question } = dialog();
  void queue.ask(question());
  await clock.pass(0);
  expect(opened).toHaveLength(1);
});
