import { expect, test } from "vitest";
import { FileChangeApprovalParams } from "../../../src/protocol/approvals.ts";
import { createFileApprovals } from "../../../src/extension/approvals/files.ts";
import { createModalQueue } from "../../../src/extension/approvals/modal-queue.ts";
import { manualClock } from "../manual-clock.ts";

const request = (...paths: string[]) =>
  FileChangeApprovalParams.parse({
    threadId: "t",
    turnId: "u",
    itemId: "i",
    startedAtMs: 0,
    reason: null,
    turnwright: {
      files: paths.map((path) => ({ path, movePath: null, base: "old\n", proposed: "new\n", baseHash: "00" })),
    },
  });

function window(options: { answersPerFile?: boolean; confirm?: "apply" | "review" | "back"; openMs?: number } = {}) {
  const clock = manualClock();
  const modals = createModalQueue(clock);
  const seen: string[] = [];
  const told: string[] = [];
  const approvals = createFileApprovals({
    modals,
    changesOf: (itemId) =>
      itemId === "i"
        ? [{ path: "/repo/a", kind: { type: "update", move_path: null }, diff: "@@ -1 +1 @@\n-old\n+new\n" }]
        : undefined,
    readText: () => Promise.resolve("old\n"),
    answersPerFile: () => options.answersPerFile ?? true,
    mount: ({ files }) => seen.push(`mount ${files.length}`),
    openDiff: async (_, { path }) => {
      await clock.after(options.openMs ?? 0);
      seen.push(`open ${path}`);
    },
    openOverview: async () => void seen.push("overview"),
    unmount: async (_, file) => void seen.push(`close ${file?.path ?? "all"}`),
    confirmAll: async (count) => {
      seen.push(`confirm ${count}`);
      await clock.after(600);
      return options.confirm;
    },
    tell: (message) => told.push(message),
    changed: () => undefined,
  });
  return { approvals, modals, clock, seen, told };
}
const live = (): AbortSignal => new AbortController().signal;

test("the diff of the first file opens, and its answer closes it and answers the server", async () => {
  const { approvals, clock, seen } = window();
  const answer = approvals.ask(request("/repo/a"), live());
  await clock.pass(0);
  expect(seen).toEqual(["mount 1", "open /repo/a"]);
  approvals.answerFile("i", "/repo/a", "accept");
  await expect(answer).resolves.toEqual({ decision: "accept" });
  expect(seen.slice(2)).toEqual(["close /repo/a", "close all"]);
  expect(approvals.pending()).toEqual([]);
});

test("no diff opens while the user types", async () => {
  const { approvals, modals, clock, seen } = window();
  modals.typed();
  void approvals.ask(request("/repo/a"), live());
  await clock.pass(499);
  expect(seen).toEqual(["mount 1"]);
  await clock.pass(1);
  expect(seen).toEqual(["mount 1", "open /repo/a"]);
});

test("several files are answered one by one, and the server hears of each", async () => {
  const { approvals, clock } = window();
  const answer = approvals.ask(request("/repo/a", "/repo/b"), live());
  await clock.pass(0);
  approvals.answerFile("i", "/repo/a", "accept");
  expect(approvals.pending()).toMatchObject([
    { kind: "files", itemId: "i", files: [{ decision: "accept" }, { decision: "pending" }] },
  ]);
  approvals.answerFile("i", "/repo/b", "decline");
  await expect(answer).resolves.toEqual({
    decision: "accept",
    turnwright: {
      files: [
        { path: "/repo/a", decision: "accept" },
        { path: "/repo/b", decision: "decline" },
      ],
    },
  });
});

test("a server that knows no answer per file never gets a rejected file accepted", async () => {
  const { approvals, clock, told } = window({ answersPerFile: false });
  const answer = approvals.ask(request("/repo/a", "/repo/b"), live());
  await clock.pass(0);
  approvals.answerFile("i", "/repo/a", "accept");
  approvals.answerFile("i", "/repo/b", "decline");
  await expect(answer).resolves.toEqual({ decision: "decline" });
  expect(told[0]).toContain("as a whole");
});

test("applying several at once asks by modal; rejecting them does not", async () => {
  const accepting = window({ confirm: "apply" });
  const accepted = accepting.approvals.ask(request("/repo/a", "/repo/b"), live());
  await accepting.clock.pass(0);
  void accepting.approvals.answerAll("i", "accept");
  await accepting.clock.pass(1_000);
  expect(accepting.seen).toContain("confirm 2");
  await expect(accepted).resolves.toEqual({ decision: "accept" });

  const rejecting = window();
  const rejected = rejecting.approvals.ask(request("/repo/a", "/repo/b"), live());
  await rejecting.clock.pass(0);
  await rejecting.approvals.answerAll("i", "decline");
  expect(rejecting.seen).not.toContain("confirm 2");
  await expect(rejected).resolves.toEqual({ decision: "decline" });
});

test("the first button of that modal shows the changes and decides nothing", async () => {
  const { approvals, clock, seen } = window({ confirm: "review" });
  void approvals.ask(request("/repo/a", "/repo/b"), live());
  await clock.pass(0);
  void approvals.answerAll("i", "accept");
  await clock.pass(1_000);
  expect(seen).toContain("overview");
  expect(approvals.pending()).toHaveLength(1);
});

test("a request that was answered elsewhere closes its diffs; a second answer is refused", async () => {
  const { approvals, clock, seen } = window();
  const elsewhere = new AbortController();
  const answer = approvals.ask(request("/repo/a"), elsewhere.signal);
  await clock.pass(0);
  elsewhere.abort();
  await expect(answer).resolves.toEqual({ decision: "cancel" });
  expect(seen.at(-1)).toBe("close all");
  expect(() => approvals.answerFile("i", "/repo/a", "accept")).toThrow("no longer waits");
});

test("the end of the turn withdraws the request before its diff opens too", async () => {
  const { approvals, modals, clock, seen } = window();
  modals.typed();
  const answer = approvals.ask(request("/repo/a"), live());
  await clock.pass(0);
  approvals.turnEnded("u");
  await expect(answer).resolves.toEqual({ decision: "cancel" });
  await clock.pass(1_000);
  expect(seen).not.toContain("open /repo/a");
});

test("a diff that opens after its answer is closed again", async () => {
  const { approvals, clock, seen } = window({ openMs: 100 });
  const elsewhere = new AbortController();
  const answer = approvals.ask(request("/repo/a"), elsewhere.signal);
  await clock.pass(50);
  elsewhere.abort();
  await expect(answer).resolves.toEqual({ decision: "cancel" });
  await clock.pass(50);
  expect(seen).toEqual(["mount 1", "close all", "open /repo/a", "close /repo/a"]);
});

test("a file is answered once", async () => {
  const { approvals, clock } = window();
  void approvals.ask(request("/repo/a", "/repo/b"), live());
  await clock.pass(0);
  approvals.answerFile("i", "/repo/a", "decline");
  expect(() => approvals.answerFile("i", "/repo/a", "accept")).toThrow("no longer waits");
  expect(() => approvals.answerFile("i", "/repo/none", "accept")).toThrow("no longer waits");
});

test("a request of another server is rebuilt from its item; without an item it is declined", async () => {
  const { approvals, clock, told } = window();
  const { turnwright: _, ...plain } = request();
  void approvals.ask(plain, live());
  await clock.pass(0);
  expect(approvals.pending()).toMatchObject([{ files: [{ path: "/repo/a", kind: "update", added: 1, removed: 1 }] }]);
  await expect(approvals.ask({ ...plain, itemId: "unknown" }, live())).resolves.toEqual({ decision: "decline" });
  expect(told).toHaveLength(1);
});
