import type { HostState } from "../../../src/protocol/host.ts";
import type { CodexErrorInfo } from "../../../src/protocol/turns.ts";
import type { Thread } from "../../../src/protocol/threads.ts";
import { answered, changed, compacted, cwd, hostState, ran, reasoned, said, threadWith, turnWith } from "./threads.ts";

/** A state of the panel, as the extension and the server would tell it. */
export interface Scene {
  readonly name: string;
  readonly host: HostState;
  readonly thread?: Thread;
  readonly failures?: Readonly<Record<string, string>>;
  /** Notifications sent after the thread is shown. */
  readonly then?: readonly { readonly method: string; readonly params: object }[];
}

const now = Math.floor(Date.now() / 1000);
const running = { status: "inProgress", completedAt: null, durationMs: null, startedAt: now - 12 } as const;
const open = { completedAtMs: null, startedAtMs: Date.now() - 4000 } as const;

const updateDiff = `@@ -12,7 +12,9 @@ export function parseAmount
   const trimmed = text.trim();
   if (trimmed === "") return null;
-  const value = Number(trimmed);
-  return Math.round(value * 100);
+  const match = /^(-?)(\\d+)(?:[.,](\\d{1,2}))?$/.exec(trimmed);
+  if (match === null) return null;
+  const [, sign, units, cents = ""] = match;
+  return (sign === "-" ? -1 : 1) * (Number(units) * 100 + Number(cents.padEnd(2, "0")));
 }
 
`;
const otherDiff = `@@ -1,3 +1,4 @@
 import { parseAmount } from "./amount.ts";
+import { summary } from "./summary.ts";
 
 export { parseAmount };
@@ -40,4 +41,4 @@ export function report
   const lines = entries.map(format);
-  return lines.join("\\n");
+  return [summary(entries), ...lines].join("\\n");
 }
`;
const added = `import type { Entry } from "./entry.ts";

/** The line above a report. */
export const summary = (entries: Entry[]): string => \`\${entries.length} entries\`;
`;
const threeFiles = [
  { path: `${cwd}/src/amount.ts`, kind: { type: "update" as const, move_path: null }, diff: updateDiff },
  { path: `${cwd}/src/report.ts`, kind: { type: "update" as const, move_path: null }, diff: otherDiff },
  { path: `${cwd}/src/summary.ts`, kind: { type: "add" as const }, diff: added },
];
const oneFile = threeFiles.slice(0, 1);

const explanation = `This is a small command-line ledger: it reads entries from a CSV file, sums them per account and prints a report.

### Where things are

- \`src/amount.ts:12\` parses amounts such as \`12,50\` into cents
- \`src/report.ts\` formats the report; see [the docs](https://example.com/docs) for the columns
- Tests live in \`test/\` and run with **vitest**

| Account | Entries | Sum |
|:--------|--------:|----:|
| Rent | 12 | 9600.00 |
| Food | 148 | 3120.45 |

\`\`\`ts
import { parseAmount } from "./amount.ts";

// Cents, so that sums stay exact.
export const sum = (lines: string[]): number =>
  lines.map(parseAmount).reduce((total: number, cents) => total + (cents ?? 0), 0);
\`\`\`

1. Start with \`src/main.ts\`
2. Then read the tests:
   - [x] \`amount.test.ts\` covers signs
   - [ ] \`report.test.ts\` has a gap

> The failing test is about a comma as decimal separator.
`;

const testOutput = `
\u001b[1m RUN \u001b[0m v5.1.0 ${cwd}

 \u001b[32m✓\u001b[0m test/report.test.ts (4 tests) 12ms
 \u001b[31m✗\u001b[0m test/amount.test.ts (6 tests | 1 failed) 18ms
   \u001b[31m→ expected 1250, received NaN\u001b[0m
     \u001b[2m❯ test/amount.test.ts:14:31\u001b[0m

 Test Files  1 failed | 1 passed (2)
      Tests  \u001b[31m1 failed\u001b[0m | 9 passed (10)
`;

const plan = [
  { step: "Run the tests and read the failure", status: "completed" },
  { step: "Make parseAmount accept a comma", status: "inProgress" },
  { step: "Run the tests again", status: "pending" },
];
const usage = {
  total: {
    totalTokens: 48_210,
    inputTokens: 45_100,
    cachedInputTokens: 38_400,
    cacheWriteInputTokens: 0,
    outputTokens: 3110,
    reasoningOutputTokens: 1200,
  },
  last: {
    totalTokens: 16_420,
    inputTokens: 15_400,
    cachedInputTokens: 14_000,
    cacheWriteInputTokens: 0,
    outputTokens: 1020,
    reasoningOutputTokens: 400,
  },
  modelContextWindow: 200_000,
};
const ids = { threadId: "t1", turnId: "turn1" };
const usageNotice = { method: "thread/tokenUsage/updated", params: { ...ids, tokenUsage: usage } };
const planNotice = { method: "turn/plan/updated", params: { ...ids, explanation: null, plan } };

const failing = () =>
  ran("npm test", { status: "failed", exitCode: 1, durationMs: 3120, aggregatedOutput: testOutput });
const reading = () =>
  ran("cat src/amount.ts", {
    commandActions: [{ type: "read", command: "cat src/amount.ts", name: "amount.ts", path: `${cwd}/src/amount.ts` }],
  });

const pendingFiles = (
  change: ReturnType<typeof changed>,
  decisions: readonly ("pending" | "accept" | "decline")[],
) => ({
  kind: "files" as const,
  itemId: change.id,
  threadId: "t1",
  reason: null,
  files: threeFiles.slice(0, decisions.length).map(({ path, kind }, index) => ({
    path,
    kind: kind.type,
    added: 4,
    removed: 2,
    decision: decisions[index] ?? "pending",
  })),
});
const proposal = changed(threeFiles, { status: "inProgress", ...open });
const smallProposal = changed(oneFile, { status: "inProgress", ...open });
const asking = ran("npm install left-pad --save && node scripts/check.mjs", {
  status: "inProgress",
  ...open,
  exitCode: null,
  durationMs: null,
  aggregatedOutput: null,
});
const commandApproval = (surface: "dialog" | "panel", dangerous = false) => ({
  kind: "command" as const,
  itemId: asking.id,
  threadId: "t1",
  surface,
  script: "npm install left-pad --save && node scripts/check.mjs",
  cwd,
  reason: "It needs the network, which the sandbox does not allow.",
  dangerous,
  unsandboxed: true,
  canAllowForSession: true,
  alwaysAllow: null,
});
const failed = (message: string, codexErrorInfo: CodexErrorInfo, details: string | null = null) =>
  turnWith([said("Fix the failing test")], {
    status: "failed",
    error: { message, codexErrorInfo, additionalDetails: details },
    durationMs: 2100,
  });

/** Every state that a user can meet. */
export const scenes: readonly Scene[] = [
  { name: "empty", host: hostState({ threadId: null }) },
  { name: "empty-demo", host: hostState({ threadId: null, isDemo: true, model: "demo", models: [] }) },
  {
    name: "empty-local",
    host: hostState({
      threadId: null,
      isDemo: true,
      model: "demo",
      models: [],
      localModels: {
        isLooking: false,
        servers: [
          {
            provider: "ollama",
            name: "Ollama",
            baseUrl: "http://127.0.0.1:11434/v1",
            models: ["qwen3-coder:30b", "llama3"],
            access: "usable",
          },
          {
            provider: "llamacpp",
            name: "llama.cpp",
            baseUrl: "http://127.0.0.1:8080/v1",
            models: ["/home/ada/models/a-very-long-name-of-a-quantised-model-Q4_K_M.gguf"],
            access: "usable",
          },
          {
            provider: "lmstudio",
            name: "LM Studio",
            baseUrl: "http://127.0.0.1:1234/v1",
            models: ["a"],
            access: "noEndpoint",
          },
        ],
      },
    }),
  },
  {
    name: "empty-no-local",
    host: hostState({
      threadId: null,
      isDemo: true,
      model: "demo",
      models: [],
      localModels: { isLooking: false, servers: [] },
    }),
  },
  {
    name: "restricted",
    host: hostState({ threadId: null, isTrusted: false, mode: "plan", modes: ["plan"] }),
  },
  { name: "full-access", host: hostState({ threadId: null, mode: "full" }) },
  { name: "no-workspace", host: hostState({ threadId: null, hasWorkspace: false, workspaceName: null }) },
  {
    name: "starting",
    host: hostState({ threadId: null, server: { status: "starting", message: null, isTurnwright: true } }),
  },
  {
    name: "stopped",
    host: hostState({
      threadId: null,
      server: { status: "stopped", message: "The server ended 5 times in 2 minutes.", isTurnwright: true },
    }),
  },
  {
    name: "answer",
    host: hostState(),
    thread: threadWith([
      turnWith([
        said("Explain this project"),
        reasoned("**Reading the layout**\n\nLooking for the entry point first."),
        reading(),
        answered(explanation),
      ]),
    ]),
    then: [usageNotice],
  },
  {
    name: "compacted",
    host: hostState(),
    thread: threadWith([
      turnWith([
        said("Go on with the report"),
        compacted({
          summary: "The user wants a **report** of all accounts.\n\n- `src/report.ts` is done\n- tests are left",
        }),
        answered("The report is done."),
      ]),
    ]),
  },
  {
    name: "compacting",
    host: hostState(),
    thread: threadWith([turnWith([said("Go on with the report"), compacted(open)], running)]),
  },
  {
    name: "streaming",
    host: hostState(),
    thread: threadWith([
      turnWith(
        [
          said("Fix the failing test"),
          reasoned("**Finding the failing test**\n\nI run the tests to see what fails."),
          failing(),
          answered("The parser takes a dot only. I am going to accept a comma as well, and keep `Number` for", {
            phase: "commentary",
            ...open,
          }),
        ],
        running,
      ),
    ]),
    then: [planNotice, usageNotice],
  },
  {
    name: "running-command",
    host: hostState(),
    thread: threadWith([
      turnWith(
        [
          said("Run the tests"),
          ran("npm test -- --reporter=verbose", {
            status: "inProgress",
            ...open,
            exitCode: null,
            durationMs: null,
            aggregatedOutput: null,
          }),
        ],
        running,
      ),
    ]),
  },
  {
    name: "thinking",
    host: hostState(),
    thread: threadWith([
      turnWith(
        [said("Why is the build slow?"), reasoned("**Measuring the build**\n\nThe bundler runs", open)],
        running,
      ),
    ]),
  },
  {
    name: "commands",
    host: hostState(),
    thread: threadWith([
      turnWith(
        [
          said("Check the repository"),
          reading(),
          reasoned("**Looking further**\n\nWhere is it used?"),
          ran("rg -n parseAmount src", {
            commandActions: [{ type: "search", command: "rg -n parseAmount src", query: "parseAmount", path: "src" }],
          }),
          reading(),
          ran("git status --short && git log -3 --oneline"),
          ran("rm -rf build", { status: "declined", exitCode: null, durationMs: null, aggregatedOutput: null }),
          failing(),
          ran("npm run lint", {
            cwd: "/home/ada/other",
            status: "failed",
            exitCode: 2,
            aggregatedOutput: Array.from({ length: 400 }, (_, line) => `warning ${line}: unused variable`).join("\n"),
          }),
          answered("The tests fail; the rest is clean."),
        ],
        { status: "interrupted" },
      ),
    ]),
    then: [usageNotice],
  },
  {
    name: "changes",
    host: hostState(),
    thread: threadWith([
      turnWith([
        said("Fix the failing test"),
        changed(oneFile),
        changed(threeFiles),
        changed([{ path: `${cwd}/src/old.ts`, kind: { type: "delete" }, diff: "export const old = true;\n" }], {
          status: "declined",
        }),
        changed(
          [
            {
              path: `${cwd}/src/a.ts`,
              kind: { type: "update", move_path: `${cwd}/src/lib/a.ts` },
              diff: "@@ -1 +1 @@\n-a\n+b\n",
            },
          ],
          { status: "failed" },
        ),
        answered("Done. `parseAmount` accepts both separators now."),
      ]),
    ]),
    then: [usageNotice],
  },
  {
    name: "review-one",
    host: hostState({ approvals: [pendingFiles(smallProposal, ["pending"])] }),
    thread: threadWith([turnWith([said("Fix the failing test"), smallProposal], running)]),
    then: [planNotice],
  },
  {
    name: "review-several",
    host: hostState({ approvals: [pendingFiles(proposal, ["pending", "accept", "pending"])] }),
    thread: threadWith([turnWith([said("Add a summary line to the report"), proposal], running)]),
  },
  {
    name: "approval-card",
    host: hostState({ approvals: [commandApproval("panel")] }),
    thread: threadWith([turnWith([said("Check the package"), asking], running)]),
  },
  {
    name: "approval-dialog",
    host: hostState({ approvals: [commandApproval("dialog", true)] }),
    thread: threadWith([turnWith([said("Check the package"), asking], running)]),
  },
  {
    name: "retrying",
    host: hostState(),
    thread: threadWith([turnWith([said("Fix the failing test")], running)]),
    then: [
      {
        method: "error",
        params: {
          ...ids,
          willRetry: true,
          error: {
            message: "The provider answered 429: too many requests.",
            codexErrorInfo: "rateLimitExceeded",
            retryInMs: 8000,
          },
        },
      },
    ],
  },
  {
    name: "unauthorized",
    host: hostState(),
    thread: threadWith([failed("401 Unauthorized: Incorrect API key provided.", "unauthorized")]),
  },
  {
    name: "failed",
    host: hostState(),
    thread: threadWith([
      failed(
        "The stream ended before the response was complete.",
        { responseStreamDisconnected: { httpStatusCode: null } },
        "request id 8f2c\nurl https://api.example.com/v1/responses",
      ),
    ]),
  },
  {
    name: "resume-failed",
    host: hostState(),
    failures: { "thread/resume": "No rollout was found for thread t1." },
  },
  {
    name: "unknown-item",
    host: hostState(),
    thread: threadWith([
      turnWith([said("Search the web"), answered("Nothing found.")], {
        items: [
          said("Search the web"),
          { type: "webSearch", id: "w1", query: "vitest 5 changelog", action: { type: "search" } },
          { type: "imageView", id: "w2", path: "/repo/chart.png" },
          answered("Version 5 renames one option."),
        ],
      }),
    ]),
    then: [{ method: "warning", params: { threadId: "t1", message: "AGENTS.md was cut at 32 KiB." } }],
  },
];
