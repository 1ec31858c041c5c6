import { expect, test } from "vitest";
import { fromThread } from "../../src/client/thread-view.ts";
import type { Turn } from "../../src/protocol/turns.ts";
import { milestone } from "../../webview-ui/announcer.tsx";
import type { PanelState } from "../../webview-ui/store.ts";
import { answered, hostState, ran, said, threadWith, turnWith } from "./helpers/threads.ts";

const state = (turns: Turn[], host = hostState()): PanelState => ({
  host,
  view: fromThread(threadWith(turns)),
  preview: [],
  isLoadingEarlier: false,
  loading: { kind: "idle" },
  sending: [],
  failure: null,
});
const question = said("Hi");
const running = { status: "inProgress", durationMs: null } as const;

test("a turn is announced when it starts and when it ends, not while it streams", () => {
  const before = state([]);
  const started = state([turnWith([question], running)]);
  const streaming = state([turnWith([question, answered("Hello")], running)]);
  const done = state([turnWith([question, answered("Hello")])]);
  expect(milestone(before, started)).toBe("Turnwright is working");
  expect(milestone(started, streaming)).toBeNull();
  expect(milestone(streaming, done)).toBe("Done in 42 s");
});

test("a retry is announced once, not with each delta of its turn", () => {
  const before = state([turnWith([question], running)]);
  const retrying = (message: string): PanelState => {
    const view = before.view;
    const [turn] = view?.turns ?? [];
    if (view === null || turn === undefined) throw new Error("There is no turn.");
    return { ...before, view: { ...view, turns: [{ ...turn, retry: { message } }] } };
  };
  const once = retrying("429");
  expect(milestone(before, once)).toBe("Trying again: 429");
  expect(milestone(once, { ...once })).toBeNull();
  expect(milestone(once, retrying("502"))).toBe("Trying again: 502");
});

test("how a turn ended is said", () => {
  const started = state([turnWith([question], running)]);
  expect(milestone(started, state([turnWith([question], { status: "interrupted" })]))).toBe("Stopped");
  expect(
    milestone(started, state([turnWith([question], { status: "failed", error: { message: "No network" } })])),
  ).toBe("The turn failed: No network");
});

test("an approval is announced before anything else, with what it is about", () => {
  const before = state([]);
  const approval = {
    kind: "command",
    itemId: "c",
    threadId: "t1",
    surface: "panel",
    script: "npm i",
    cwd: "/",
    reason: null,
    dangerous: false,
    unsandboxed: true,
    canAllowForSession: true,
    alwaysAllow: null,
  } as const;
  const asked = state([turnWith([question], running)], hostState({ approvals: [approval] }));
  expect(milestone(before, asked)).toBe("Approval needed: run npm i");
  expect(milestone(asked, asked)).toBeNull();
});

test("a failing command is announced, a loaded thread is not", () => {
  const command = ran("npm test", { id: "c", status: "inProgress", exitCode: null });
  const before = state([turnWith([command], running)]);
  const after = state([turnWith([{ ...command, status: "failed", exitCode: 1 }], running)]);
  expect(milestone(before, after)).toBe("A command failed with exit code 1");
  expect(milestone({ ...before, view: null }, after)).toBeNull();
});
