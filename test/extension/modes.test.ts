import { expect, test } from "vitest";
import { Mode } from "../../src/protocol/host.ts";
import { allowedModes, effectiveMode, threadOverrides, turnOverrides } from "../../src/extension/modes.ts";
import type { ModeContext } from "../../src/extension/modes.ts";
import { noWorkspaceWrite } from "../../src/extension/workspace-write.ts";

const trusted: ModeContext = {
  isTrusted: true,
  hasWorkspace: true,
  isTurnwright: true,
  model: "gpt",
  workspaceWrite: noWorkspaceWrite,
};
const workspaceWrite = {
  type: "workspaceWrite",
  writableRoots: [],
  networkAccess: false,
  excludeTmpdirEnvVar: false,
  excludeSlashTmp: false,
};

test("each mode starts a thread with its sandbox, policy and review", () => {
  expect(threadOverrides("plan", trusted)).toEqual({
    sandbox: "read-only",
    approvalPolicy: "on-request",
    reviewEdits: "ask",
  });
  expect(threadOverrides("ask", trusted)).toEqual({
    sandbox: "workspace-write",
    approvalPolicy: "on-request",
    reviewEdits: "ask",
  });
  expect(threadOverrides("agent", trusted)).toEqual({
    sandbox: "workspace-write",
    approvalPolicy: "on-request",
    reviewEdits: "after",
  });
  expect(threadOverrides("full", trusted)).toEqual({
    sandbox: "danger-full-access",
    approvalPolicy: "never",
    reviewEdits: "after",
  });
});

test("each turn says the mode again, so that a mode that was changed holds from the next turn on", () => {
  expect(turnOverrides("plan", trusted)).toEqual({
    approvalPolicy: "on-request",
    sandboxPolicy: { type: "readOnly", networkAccess: false },
    reviewEdits: "ask",
    collaborationMode: { mode: "plan" },
  });
  expect(turnOverrides("ask", trusted)).toEqual({
    approvalPolicy: "on-request",
    sandboxPolicy: workspaceWrite,
    reviewEdits: "ask",
    collaborationMode: { mode: "default" },
  });
  expect(turnOverrides("full", trusted)).toMatchObject({
    approvalPolicy: "never",
    sandboxPolicy: { type: "dangerFullAccess" },
  });
});

test("the user's own settings for workspace-write stay in force", () => {
  const context = {
    ...trusted,
    workspaceWrite: { ...noWorkspaceWrite, writableRoots: ["/cache"], networkAccess: true },
  };
  expect(turnOverrides("agent", context).sandboxPolicy).toEqual({
    ...workspaceWrite,
    writableRoots: ["/cache"],
    networkAccess: true,
  });
});

test.each(Mode.options)("without trust, %s is Plan and nothing leaves the sandbox, whatever was asked for", (mode) => {
  const untrusted = { ...trusted, isTrusted: false };
  const never = { approvalPolicy: "never" };
  expect(threadOverrides(mode, untrusted)).toEqual({ ...threadOverrides("plan", trusted), ...never });
  expect(turnOverrides(mode, untrusted)).toEqual({ ...turnOverrides("plan", trusted), ...never });
});

test("without a folder there is only Plan", () => {
  expect(allowedModes({ isTrusted: true, hasWorkspace: false })).toEqual(["plan"]);
  expect(effectiveMode("full", { isTrusted: true, hasWorkspace: false })).toBe("plan");
});

test("against another server Ask is read-only, so that it asks for every patch, and our own members are left out", () => {
  const other = { ...trusted, isTurnwright: false };
  expect(threadOverrides("ask", other)).toEqual({ sandbox: "read-only", approvalPolicy: "on-request" });
  expect(turnOverrides("ask", other)).toEqual({
    approvalPolicy: "on-request",
    sandboxPolicy: { type: "readOnly", networkAccess: false },
    collaborationMode: {
      mode: "default",
      settings: { model: "gpt", reasoning_effort: null, developer_instructions: null },
    },
  });
  expect(turnOverrides("agent", other).sandboxPolicy).toEqual(workspaceWrite);
});
