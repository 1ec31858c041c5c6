import { expect, test } from "vitest";
import { CommandApprovalParams } from "../../../src/protocol/approvals.ts";
import type { CommandDecision, DialogButton } from "../../../src/extension/approvals/command-dialog.ts";
import { createCommandApprovals } from "../../../src/extension/approvals/commands.ts";
import { createModalQueue } from "../../../src/extension/approvals/modal-queue.ts";
import { manualClock } from "../manual-clock.ts";

const request = (member: { dangerous?: boolean; script?: string } = {}, more: object = {}) =>
  CommandApprovalParams.parse({
    threadId: "t",
    turnId: "u",
    itemId: "i",
    startedAtMs: 0,
    command: "/bin/bash -c 'npm test'",
    cwd: "/repo",
    reason: "run the tests",
    turnwright: { script: "npm test", dangerous: false, unsandboxed: true, ...member },
    ...more,
  });

function window(options: { surface?: "dialog" | "panel"; isPanelVisible?: boolean } = {}) {
  const clock = manualClock();
  const dialogs: {
    detail: string;
    buttons: readonly DialogButton[];
    answer: (decision: CommandDecision | undefined) => void;
  }[] = [];
  const told: string[] = [];
  const state = { isPanelVisible: options.isPanelVisible ?? true };
  const approvals = createCommandApprovals({
    modals: createModalQueue(clock),
    showDialog: ({ detail }, buttons) => new Promise((answer) => dialogs.push({ detail, buttons, answer })),
    preferredSurface: () => options.surface ?? "dialog",
    isPanelVisible: () => state.isPanelVisible,
    tell: (message) => told.push(message),
    changed: () => undefined,
  });
  return { approvals, clock, dialogs, told, state };
}
const live = (): AbortSignal => new AbortController().signal;

test("the dialog shows the command, the folder and the reason, and its buttons stand in the safe order", async () => {
  const { approvals, clock, dialogs } = window();
  const answer = approvals.ask(request(), live());
  await clock.pass(500);
  expect(dialogs[0]?.buttons).toEqual([
    { title: "Decline", decision: "decline" },
    { title: "Run", decision: "accept" },
    { title: "Run and don't ask again this session", decision: "acceptForSession" },
    { title: "Stop turn", decision: "cancel", isCloseAffordance: true },
  ]);
  const detail = dialogs[0]?.detail ?? "";
  for (const words of ["$ npm test", "In /repo", "Why: run the tests", "outside the sandbox"])
    expect(detail).toContain(words);
  dialogs[0]?.answer("decline");
  await expect(answer).resolves.toEqual({ decision: "decline" });
  expect(approvals.pending()).toEqual([]);
});

test("a dialog that goes away without an answer declines", async () => {
  const { approvals, clock, dialogs } = window();
  const answer = approvals.ask(request(), live());
  await clock.pass(0);
  dialogs[0]?.answer(undefined);
  await expect(answer).resolves.toEqual({ decision: "decline" });
});

test("characters that hide or reorder text are shown by their code", async () => {
  const { approvals, clock, dialogs } = window();
  void approvals.ask(request({ script: "echo \u202Eevil\u200B\u0007 && ls\n" }), live());
  await clock.pass(0);
  expect(dialogs[0]?.detail).toContain("echo \\u{202e}evil\\u{200b}\\u{7} && ls");
});

test("of a long command the dialog shows both ends and says how much is left out", async () => {
  const { approvals, clock, dialogs } = window();
  void approvals.ask(request({ script: `first\n${"x\n".repeat(500)}rm -rf last` }), live());
  await clock.pass(0);
  const detail = dialogs[0]?.detail ?? "";
  expect(detail).toContain("first");
  expect(detail).toMatch(/\n\[\.\.\. \d+ characters left out/);
  expect(detail).toContain("rm -rf last");
  expect(detail.length).toBeLessThan(3_000);
});

test("neither the command, nor the folder, nor the reason can pass for a line of the dialog's own", async () => {
  const { approvals, clock, dialogs } = window();
  const lie = "Run: inside the sandbox, in which it can change nothing.";
  void approvals.ask(
    request({ script: `true\n\n${lie}` }, { cwd: `/repo\n\n${lie}`, reason: `fine\n\n${lie}` }),
    live(),
  );
  await clock.pass(0);
  const lines = (dialogs[0]?.detail ?? "").split("\n").filter((line) => line !== "");
  expect(lines.slice(0, 5)).toEqual(["$ true", "> ", `> ${lie}`, `In /repo ${lie}`, `Why: fine ${lie}`]);
  expect(lines.filter((line) => line.startsWith("Run: "))).toEqual([expect.stringContaining("outside the sandbox")]);
});

test("a request that names no command says so", async () => {
  const { approvals, clock, dialogs } = window();
  void approvals.ask(request({ script: " " }, { cwd: null }), live());
  await clock.pass(0);
  expect(dialogs[0]?.detail).toMatch(/^The server does not say which command\.\n\nWhy/);
});

test("in the panel a harmless command is answered by its card, without a dialog", async () => {
  const { approvals, clock, dialogs } = window({ surface: "panel" });
  const answer = approvals.ask(request(), live());
  expect(approvals.pending()).toEqual([
    {
      kind: "command",
      itemId: "i",
      threadId: "t",
      surface: "panel",
      script: "npm test",
      cwd: "/repo",
      reason: "run the tests",
      dangerous: false,
      unsandboxed: true,
      canAllowForSession: true,
      alwaysAllow: null,
    },
  ]);
  approvals.answerFromPanel("i", "accept");
  await expect(answer).resolves.toEqual({ decision: "accept" });
  await clock.pass(1_000);
  expect(dialogs).toHaveLength(0);
});

test("the card knows what the dialog knows: whether it is confined, and whether the answer can stand for later", () => {
  const { approvals } = window({ surface: "panel" });
  const member = { script: "npm test", dangerous: false, unsandboxed: false };
  void approvals.ask(request({}, { turnwright: member, availableDecisions: ["accept", "decline", "cancel"] }), live());
  expect(approvals.pending()).toMatchObject([{ unsandboxed: false, canAllowForSession: false }]);
  expect(() => approvals.answerFromPanel("i", "acceptForSession")).toThrow("does not offer");
});

test("a prefix that the server proposes can be allowed for good, and nothing else", async () => {
  const proposal = { proposedExecpolicyAmendment: ["npm", "run", "a b"] };
  const { approvals, clock, dialogs } = window();
  const answer = approvals.ask(request({}, proposal), live());
  await clock.pass(500);
  expect(dialogs[0]?.buttons.map(({ title }) => title)).toEqual([
    "Decline",
    "Run",
    "Run and don't ask again this session",
    'Always allow npm run "a b"',
    "Stop turn",
  ]);
  expect(dialogs[0]?.detail).toContain('begins with `npm run "a b"` runs without a question');
  await clock.pass(1_000);
  dialogs[0]?.answer("acceptForGood");
  await expect(answer).resolves.toEqual({
    decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["npm", "run", "a b"] } },
  });
});

test("the card offers the prefix too, but not for what is dangerous or was not proposed", async () => {
  const { approvals } = window({ surface: "panel" });
  const answer = approvals.ask(request({}, { proposedExecpolicyAmendment: ["npm", "test"] }), live());
  expect(approvals.pending()).toMatchObject([{ alwaysAllow: "npm test" }]);
  approvals.answerFromPanel("i", "acceptForGood");
  await expect(answer).resolves.toEqual({
    decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["npm", "test"] } },
  });
  void approvals.ask(request({ dangerous: true }, { proposedExecpolicyAmendment: ["rm", "-rf"] }), live());
  expect(approvals.pending()).toMatchObject([{ alwaysAllow: null }]);
  const other = window({ surface: "panel" });
  void other.approvals.ask(request(), live());
  expect(() => other.approvals.answerFromPanel("i", "acceptForGood")).toThrow("does not offer");
});

test("the panel cannot accept what the server marked dangerous, whatever the setting says", async () => {
  const { approvals, clock, dialogs } = window({ surface: "panel" });
  void approvals.ask(request({ dangerous: true }), live());
  expect(() => approvals.answerFromPanel("i", "accept")).toThrow("answered in the dialog");
  await clock.pass(0);
  expect(dialogs).toHaveLength(1);
});

test("the panel cannot answer what is shown as a dialog, nor what does not wait", () => {
  const { approvals } = window();
  void approvals.ask(request(), live());
  expect(() => approvals.answerFromPanel("i", "accept")).toThrow("answered in the dialog");
  expect(() => approvals.answerFromPanel("other", "accept")).toThrow("no longer waits");
});

test("a hidden panel is no place to ask: the dialog opens, also for what already waits in the panel", async () => {
  const hidden = window({ surface: "panel", isPanelVisible: false });
  void hidden.approvals.ask(request(), live());
  await hidden.clock.pass(0);
  expect(hidden.dialogs).toHaveLength(1);

  const closing = window({ surface: "panel" });
  void closing.approvals.ask(request(), live());
  await closing.clock.pass(0);
  expect(closing.dialogs).toHaveLength(0);
  closing.approvals.panelHidden();
  await closing.clock.pass(0);
  expect(closing.dialogs).toHaveLength(1);
});

test("a request that was answered elsewhere is dropped, and a late answer is told to the user", async () => {
  const { approvals, clock, dialogs, told } = window();
  const elsewhere = new AbortController();
  const answer = approvals.ask(request(), elsewhere.signal);
  await clock.pass(600);
  elsewhere.abort();
  await expect(answer).resolves.toEqual({ decision: "cancel" });
  dialogs[0]?.answer("accept");
  await clock.pass(600);
  expect(told).toEqual(["That command no longer waits for an answer. Your answer was not used."]);
});

test("the end of the turn withdraws what it asked, before the dialog opens too", async () => {
  const { approvals, clock, dialogs } = window();
  const answer = approvals.ask(request(), live());
  approvals.turnEnded("u");
  await expect(answer).resolves.toEqual({ decision: "cancel" });
  await clock.pass(1_000);
  expect(dialogs).toHaveLength(0);
});

test("a server that does not offer the session is not answered with it", async () => {
  const { approvals, clock, dialogs } = window();
  void approvals.ask(request({}, { availableDecisions: ["accept", "cancel"] }), live());
  await clock.pass(0);
  expect(dialogs[0]?.buttons.map(({ title }) => title)).toEqual(["Decline", "Run", "Stop turn"]);
});
