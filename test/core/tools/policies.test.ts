import { expect, test } from "vitest";
import { type CommandFacts, judgeCommand } from "../../../src/core/tools/command-policy.ts";
import { ask, danger, type Judgement, safe } from "../../../src/core/exec/policy/verdict.ts";
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

const words = { rule: "x", reason: "It is so." };
const looks = safe(words);
const byRule: Judgement = { ...safe(words), isAllowedByRule: true };
const harms = danger(words);
const prompted: Judgement = { ...ask(words), needsAnswer: true, isRestricted: true };
const forbidden: Judgement = { ...danger(words), isRestricted: true, isForbidden: true };
const asked = (why: string | null, isSandboxed = false) => ({ kind: "ask", isSandboxed, why });
const ran = (isSandboxed: boolean) => ({ kind: "run", isSandboxed });

test("what only looks need not leave the sandbox, all else that wants to asks, danger with its reason and each time", () => {
  const outside = { ...confined, isEscalated: true };
  expect(judgeCommand({ ...outside, judgement: looks })).toEqual(ran(true));
  expect(judgeCommand({ ...outside, approvalPolicy: "untrusted", judgement: looks })).toEqual(ran(true));
  expect(judgeCommand({ ...outside, judgement: byRule })).toEqual(ran(false));
  expect(judgeCommand({ ...outside, judgement: ask(words) })).toEqual(asked(null));
  expect(judgeCommand({ ...outside, judgement: harms, remembers: () => true })).toEqual(asked("It is so."));
  const noSandbox = { ...confined, sandboxFailure: "it is missing" };
  expect(judgeCommand({ ...noSandbox, judgement: looks })).toEqual(ran(false));
  expect(judgeCommand({ ...noSandbox, judgement: harms })).toEqual(
    asked("It would run without a sandbox: it is missing\nIt is so."),
  );
});

test("a plan only looks: what a rule allows asks there, and without a sandbox what looks runs", () => {
  const plan = { ...confined, isEscalated: true, isPlanMode: true };
  expect(judgeCommand({ ...plan, judgement: looks })).toEqual(ran(true));
  expect(judgeCommand({ ...plan, sandboxFailure: "it is missing", judgement: looks })).toEqual(ran(false));
  expect(judgeCommand({ ...plan, judgement: byRule })).toEqual(asked(null));
});

test("untrusted lets through what only looks", () => {
  const untrusted = { ...confined, approvalPolicy: "untrusted" as const };
  expect(judgeCommand({ ...untrusted, judgement: looks })).toEqual(ran(true));
  expect(judgeCommand({ ...untrusted, judgement: ask(words) })).toEqual(asked(null, true));
  const open = { ...untrusted, sandbox: { type: "dangerFullAccess" as const } };
  expect(judgeCommand({ ...open, judgement: looks })).toEqual(ran(false));
  expect(judgeCommand({ ...open, judgement: ask(words) })).toEqual(asked(null));
});

test("in full access danger asks, and is refused with the reason where nobody can be asked", () => {
  const open = { ...confined, sandbox: { type: "dangerFullAccess" as const } };
  expect(judgeCommand({ ...open, judgement: harms })).toEqual(asked("It is so."));
  expect(judgeCommand({ ...open, judgement: ask(words) })).toEqual(ran(false));
  const alone = { ...open, approvalPolicy: "never" as const };
  expect(judgeCommand({ ...alone, judgement: harms })).toMatchObject({ kind: "refuse", text: /It is so/ });
  expect(judgeCommand({ ...alone, judgement: ask(words) })).toEqual(ran(false));
});

test("inside a sandbox, ours or one around the server, danger runs", () => {
  expect(judgeCommand({ ...confined, judgement: harms })).toEqual(ran(true));
  const external = { type: "externalSandbox" as const, networkAccess: "restricted" as const };
  expect(judgeCommand({ ...confined, sandbox: external, approvalPolicy: "never", judgement: harms })).toEqual(
    ran(false),
  );
});

test("what a rule asks about is asked about everywhere, and what it forbids is refused everywhere", () => {
  for (const facts of [confined, { ...confined, isEscalated: true }]) {
    expect(judgeCommand({ ...facts, judgement: prompted, remembers: () => true })).toMatchObject({ kind: "ask" });
    expect(judgeCommand({ ...facts, judgement: forbidden })).toMatchObject({ kind: "refuse", text: /It is so/ });
    const alone = { ...facts, approvalPolicy: "never" as const };
    expect(judgeCommand({ ...alone, judgement: prompted })).toMatchObject({ kind: "refuse" });
  }
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
