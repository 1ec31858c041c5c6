import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import type { CommandAnswer, CommandQuestion } from "../../src/core/approvals.ts";
import { type Agent, startAgent } from "../helpers/agent.ts";
import { responsesServer } from "../helpers/responses-server.ts";

const exec = (cmd: string, more: object = {}) => ({
  type: "function_call" as const,
  name: "exec_command",
  arguments: JSON.stringify({ cmd, ...more }),
});
const outside = { sandbox_permissions: "require_escalated" };
const done = { type: "message" as const, text: "done" };
const origin = { name: "test", version: "1" };

/** Runs the calls in one turn, each in an answer of its own, and gives what the user was asked and what the model heard. */
async function run(
  calls: readonly ReturnType<typeof exec>[],
  settings: {
    readonly sandbox?: "workspace-write" | "danger-full-access";
    readonly approvalPolicy?: "never" | "untrusted";
  },
  options: {
    readonly rules?: string;
    readonly prepare?: (agent: Agent) => Promise<void>;
    readonly answer?: CommandAnswer;
  } = {},
) {
  await using model = await responsesServer(...calls.map((call) => [call]), done);
  await using agent = await startAgent(model);
  const asked: CommandQuestion[] = [];
  agent.onCommand = (question) => {
    asked.push(question);
    return options.answer ?? "decline";
  };
  if (options.rules !== undefined) {
    await fs.mkdir(path.join(agent.home, "rules"));
    await fs.writeFile(path.join(agent.home, "rules", "mine.rules"), options.rules);
  }
  await options.prepare?.(agent);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, sandbox: "workspace-write", ...settings }, origin);
  await agent.play(thread.id, "go");
  const input = model.requests.at(-1)?.body["input"] as { type: string; output?: string }[];
  const written = path.join(agent.home, "rules", "default.rules");
  return {
    asked,
    outputs: input.flatMap(({ type, output }) => (type === "function_call_output" ? [output ?? ""] : [])),
    warnings: agent.events.flatMap((event) => (event.type === "warning" ? [event.message] : [])),
    saved: await fs.readFile(written, "utf8").catch(() => null),
    mode: await fs.stat(written).then(
      (stat) => stat.mode & 0o777,
      () => null,
    ),
  };
}

test("what only looks stays in the sandbox without a question, all else that wants out asks, and danger is marked", async () => {
  let folder = "";
  const { asked, outputs } = await run(
    // In the sandbox, and only there, the workspace is a mount of its own.
    [exec("df -P a", outside), exec("touch a", outside), exec("rm -rf a", outside)],
    {},
    {
      async prepare({ cwd }) {
        folder = cwd;
        await fs.writeFile(path.join(cwd, "a"), "");
      },
    },
  );
  expect(outputs[0]).toContain(` ${folder}\n`);
  expect(asked).toMatchObject([
    { script: "touch a", isDangerous: false, canRemember: true, reason: null },
    { script: "rm -rf a", isDangerous: true, canRemember: false, reason: /rm with -f/ },
  ]);
});

test("under untrusted what only looks runs without a question, in the sandbox", async () => {
  const { asked, outputs } = await run([exec("echo hello"), exec("touch a")], { approvalPolicy: "untrusted" });
  expect(outputs[0]).toContain("hello");
  expect(asked).toMatchObject([{ script: "touch a", isUnsandboxed: false }]);
});

test("in the sandbox danger runs: what it can reach is confined", async () => {
  const { asked, outputs } = await run([exec("rm -rf a; echo gone")], {});
  expect(asked).toEqual([]);
  expect(outputs[0]).toContain("gone");
});

test("in full access without anybody to ask, danger is refused with the reason and all else runs", async () => {
  const { outputs } = await run([exec("touch a; echo made"), exec("rm -rf a")], {
    sandbox: "danger-full-access",
    approvalPolicy: "never",
  });
  expect(outputs[0]).toContain("made");
  expect(outputs[1]).toMatch(/^not run: rm with -f/);
});

test("a file outside of the workspace asks, also if a link or the folder of the command leads to it", async () => {
  const { asked } = await run(
    [
      exec("cat inner/notes", outside),
      exec("cat leak", outside),
      exec("cd out && cat passwd", outside),
      exec("cat passwd", { ...outside, workdir: "/etc" }),
    ],
    {},
    {
      async prepare({ cwd }) {
        await fs.mkdir(path.join(cwd, "inner"));
        await fs.writeFile(path.join(cwd, "inner", "notes"), "mine");
        await fs.symlink("/etc/hostname", path.join(cwd, "leak"));
        await fs.symlink("/etc", path.join(cwd, "out"));
      },
    },
  );
  expect(asked.map(({ script }) => script)).toEqual(["cat leak", "cd out && cat passwd", "cat passwd"]);
});

const rules = `
prefix_rule(pattern=["touch"], decision="allow")
prefix_rule(pattern=["touch", "never"], decision="forbidden", justification="It is not to be.")
prefix_rule(pattern=["date"], decision="prompt")
`;

test("rules allow, ask and forbid; what they ask about and forbid holds in the sandbox too", async () => {
  const { asked, outputs } = await run(
    [exec("touch a && echo made", outside), exec("env touch never"), exec("date")],
    {},
    { rules },
  );
  expect(outputs[0]).toContain("made");
  expect(outputs[1]).toMatch(/^not run: A rule of yours forbids it .*It is not to be\./);
  expect(asked).toMatchObject([{ script: "date", isUnsandboxed: false, isDangerous: false, canRemember: false }]);
});

test("a rule that cannot be read asks about everything, and says where the mistake is", async () => {
  const { asked } = await run([exec("echo hello")], {}, { rules: 'prefix_rule(pattern="a")' });
  expect(asked).toMatchObject([{ script: "echo hello", reason: /mine\.rules:1:21: prefix_rule needs a pattern/ }]);
});

test("a prefix that is accepted for good is written to default.rules and holds at once", async () => {
  const { asked, saved, mode } = await run(
    [exec("touch a", outside), exec("touch a b", outside), exec("touch c", outside)],
    {},
    { answer: "acceptForGood" },
  );
  expect(asked.map(({ script, proposedAmendment }) => [script, proposedAmendment])).toEqual([
    ["touch a", ["touch", "a"]],
    ["touch c", ["touch", "c"]],
  ]);
  expect(saved).toBe(
    'prefix_rule(pattern=["touch", "a"], decision="allow")\nprefix_rule(pattern=["touch", "c"], decision="allow")\n',
  );
  expect(mode).toBe(0o600);
});

test("a rule that cannot be saved is told, and the command that was allowed runs", async () => {
  const { outputs, saved, warnings } = await run(
    [exec("touch a && echo ran", outside)],
    {},
    {
      answer: "acceptForGood",
      async prepare({ home }) {
        await fs.mkdir(path.join(home, "rules"));
        const owner = { pid: process.ppid, startTicks: null, bootId: null, token: "of another process" };
        await fs.writeFile(path.join(home, "rules", "default.rules.lock"), JSON.stringify(owner));
      },
    },
  );
  expect(outputs[0]).toContain("ran");
  expect(saved).toBeNull();
  expect(warnings.at(-1)).toMatch(/^The rule was not saved: .*written by another process/);
});
