import { expect, test } from "vitest";
import { type CommandFacts, judgeCommand } from "../../../src/core/tools/command-policy.ts";
import { judgePatch, type PatchFacts } from "../../../src/core/tools/patch-policy.ts";

const confined: CommandFacts = {
  approvalPolicy: "on-request",
  sandbox: {
    type: "workspaceWrite",
    writableRoots: [],
    networkAccess: false,
    excludeTmpdirEnvVar: false,
    excludeSlashTmp: false,
  },
  isEscalated: false,
  isPlanMode: false,
  remembers: () => false,
  sandboxFailure: null,
  judgement: null,
};

test("inside the sandbox nothing asks; leaving it asks", () => {
  expect(judgeCommand(confined)).toEqual({ kind: "run", isSandboxed: true });
  expect(judgeCommand({ ...confined, isEscalated: true })).toEqual({ kind: "ask", isSandboxed: false, why: null });
});

test("without a sandbox a command is asked about with the reason, and never runs in silence", () => {
  const noSandbox = { ...confined, sandboxFailure: "bubblewrap is missing" };
  expect(judgeCommand(noSandbox)).toMatchObject({ kind: "ask", isSandboxed: false, why: /bubblewrap is missing/ });
  expect(judgeCommand({ ...noSandbox, approvalPolicy: "never" })).toMatchObject({ kind: "refuse", text: /bubblewrap/ });
});

test("what the user allowed for the session is not asked again, but under never and in plan mode it does not leave the sandbox", () => {
  const remembered = { ...confined, isEscalated: true, remembers: () => true };
  expect(judgeCommand(remembered)).toEqual({ kind: "run", isSandboxed: false });
  expect(judgeCommand({ ...remembered, approvalPolicy: "never" })).toMatchObject({ kind: "refuse" });
  expect(judgeCommand({ ...remembered, isPlanMode: true })).toMatchObject({ kind: "ask", isSandboxed: false });
});

test("a command that was allowed to run in the sandbox is asked about again when there is none", () => {
  const allowedInside = { ...confined, approvalPolicy: "untrusted" as const, remembers: (inside: boolean) => inside };
  expect(judgeCommand(allowedInside)).toEqual({ kind: "run", isSandboxed: true });
  expect(judgeCommand({ ...allowedInside, sandboxFailure: "gone" })).toMatchObject({ kind: "ask", isSandboxed: false });
});

test("untrusted asks for every command, also when it then runs in the sandbox", () => {
  expect(judgeCommand({ ...confined, approvalPolicy: "untrusted" })).toEqual({
    kind: "ask",
    isSandboxed: true,
    why: null,
  });
});

test("full access runs without a question", () => {
  const open = { ...confined, sandbox: { type: "dangerFullAccess" as const }, approvalPolicy: "never" as const };
  expect(judgeCommand(open)).toEqual({ kind: "run", isSandboxed: false });
});

const plain: PatchFacts = {
  isPlanMode: false,
  approvalPolicy: "on-request",
  sandbox: confined.sandbox,
  reviewEdits: "after",
  mayAsk: true,
  outside: [],
  guarded: [],
  hardLinked: [],
};

test("a patch inside the roots is written under review after, asked under review ask, refused in plan mode", () => {
  expect(judgePatch(plain)).toEqual({ kind: "write" });
  expect(judgePatch({ ...plain, reviewEdits: "ask" })).toEqual({ kind: "ask", reason: null });
  expect(judgePatch({ ...plain, isPlanMode: true })).toMatchObject({ kind: "refuse" });
});

test("what lies outside or steers the editor is asked with the reason, and refused where nobody is asked", () => {
  expect(judgePatch({ ...plain, outside: ["/etc/x"] })).toMatchObject({ kind: "ask", reason: /\/etc\/x/ });
  expect(judgePatch({ ...plain, guarded: ["/w/.git/hooks/x"] })).toMatchObject({ kind: "ask", reason: /hooks/ });
  expect(judgePatch({ ...plain, mayAsk: false, approvalPolicy: "never", guarded: ["/w/.vscode/x"] })).toMatchObject({
    kind: "refuse",
  });
});

test("full access writes everywhere, unless the user wants to review", () => {
  const full = {
    ...plain,
    sandbox: { type: "dangerFullAccess" as const },
    outside: ["/etc/x"],
    guarded: ["/w/.git/x"],
  };
  expect(judgePatch(full)).toEqual({ kind: "write" });
  expect(judgePatch({ ...full, reviewEdits: "ask" })).toMatchObject({ kind: "ask" });
});
