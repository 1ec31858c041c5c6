import { expect, test } from "vitest";
import type { ThreadEvent } from "../../../src/core/thread/events.ts";
import { runTurn } from "../../../src/core/turn/runner.ts";

test("a turn whose end cannot be flushed to the disk says so", async () => {
  const events: ThreadEvent[] = [];
  const warned = Promise.withResolvers<null>();
  const turn = runTurn({
    threadId: "thread",
    turnId: "turn",
    clock: { now: () => 1 },
    journal: {
      isBroken: false,
      observe: () => undefined,
      commit: (_entries, told) => void events.push(...told),
      delta: (event) => void events.push(event),
      emit(event) {
        events.push(event);
        if (event.type === "warning") warned.resolve(null);
      },
      mark: () => null,
      sync: () => Promise.reject(new Error("the disk does not answer")),
      close: async () => undefined,
    },
    claimId: (wanted) => wanted ?? "id",
    createResponse: async () => ({ kind: "completed", responseId: "r", usage: null }),
    isContextFull: () => false,
    compact: () => Promise.reject(new Error("the context is not full")),
    retry: () => null,
    runTool: () => Promise.reject(new Error("no tool is called")),
    beginning: { kind: "request" },
    endCommands: async () => undefined,
    takeSteers: () => ({ entries: [], events: [] }),
    responded: () => undefined,
    onBroken: () => undefined,
  });
  expect((await turn.ended).status).toBe("completed");
  await warned.promise;
  expect(events.at(-1)).toEqual({ type: "warning", threadId: "thread", message: "the disk does not answer" });
});
