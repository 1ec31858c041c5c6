import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { demoResponse } from "../../src/demo/demo-script.ts";
import { outsideCommand } from "../../src/demo/flows/leave-sandbox.ts";
import { snapshotCommand } from "../../src/demo/flows/snapshot.ts";
import { parseRequest } from "../../src/demo/request.ts";
import {
  allTools,
  converse,
  declined,
  exited,
  patchDeclined,
  patched,
  permissions,
  type SeenCall,
  type Tools,
} from "./conversation.ts";
import { sampleFolder } from "./sample-tools.ts";

const failing = `✔ reads minutes and hours (0.7ms)
✖ carries rounded seconds into the minutes (0.8ms)
ℹ tests 8
ℹ pass 7
ℹ fail 1

✖ failing tests:

test at test/duration.test.ts:19:1
✖ carries rounded seconds into the minutes (0.8ms)
  AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:
    actual: '5:60',
    expected: '6:00',
`;
const passing = "✔ reads minutes and hours (0.7ms)\nℹ tests 8\nℹ pass 8\nℹ fail 0\n";

const readSample = (file: string) => readFileSync(path.join(sampleFolder, file), "utf8");

/** The sample project on paper: `cat` and `ls` are real, the tests pass once a patch was taken; `special` answers first. */
function paperTools(special: (call: SeenCall, calls: number) => string | undefined = () => undefined): Tools {
  let isPatched = false;
  let calls = 0;
  return (call) => {
    const given = special(call, ++calls);
    if (given !== undefined) return given;
    const cmd = typeof call.args["cmd"] === "string" ? call.args["cmd"] : "";
    if (call.name === "update_plan") return "Plan updated";
    if (call.name === "apply_patch") {
      isPatched = true;
      const input = String(call.args["input"]);
      return patched(
        ...Array.from(
          input.matchAll(/(Add|Update) File: (.+)/g),
          ([, kind, file = ""]) => `${kind === "Add" ? "A" : "M"} ${file}`,
        ),
      );
    }
    if (cmd === "node --test") return isPatched ? exited(0, passing) : exited(1, failing);
    if (cmd === snapshotCommand) return exited(0, "");
    if (cmd.startsWith("cat ")) {
      const file = cmd.slice(4);
      return readdirSync(sampleFolder, { recursive: true, encoding: "utf8" }).includes(file)
        ? exited(0, readSample(file))
        : exited(1, `cat: ${file}: No such file or directory\n`);
    }
    if (cmd === "ls") return exited(0, `${readdirSync(sampleFolder).join("\n")}\n`);
    if (cmd === "ls src test")
      return exited(0, `src:\n${readdirSync(path.join(sampleFolder, "src")).join("\n")}\n\ntest:\nduration.test.ts\n`);
    return exited(127, `bash: ${cmd}: command not found\n`);
  };
}
const when =
  (key: string, ...outputs: string[]) =>
  ({ name, args }: SeenCall): string | undefined =>
    name === key || args["cmd"] === key ? outputs.shift() : undefined;
const plansOf = (calls: readonly SeenCall[]) =>
  calls.filter(({ name }) => name === "update_plan").map(({ args }) => args["plan"]);
const statuses = (...words: string[]) => {
  const steps = ["Run the tests", "Find the cause", "Fix it", "Run the tests again"];
  return steps.map((step, index) => ({ step, status: words[index] }));
};

describe("explain", () => {
  test("reads the project and answers in Markdown from what it read", async () => {
    const talk = await converse("Explain this project", paperTools());
    expect(talk.commands.slice(0, 3)).toEqual(["ls", "cat package.json", "cat README.md"]);
    expect(talk.final).toMatch(/^# trail-log\n/);
    expect(talk.final).toContain("| [src/duration.ts](src/duration.ts) | 17 | `parseDuration`, `formatDuration` |");
    expect(talk.final).toContain("- [`formatPace`](src/report.ts:6): Time per kilometre");
    expect(talk.final).toMatch(/```ts\nexport function formatPace[^]*\n}\n```/);
    expect(talk.final).toContain("- `npm test` runs `node --test`");
  });

  test("one file: its exports with links to their lines", async () => {
    const talk = await converse("Explain the file src/table.ts to me", paperTools());
    expect(talk.commands).toEqual(["cat src/table.ts"]);
    expect(talk.final).toContain("- [`formatTable`](src/table.ts:2), a function: Lays out rows");
  });

  test("a selection with a question leads to its file", async () => {
    const talk = await converse("src/table.ts:2-3\n```typescript\nexport\n```\n\nWhat does this do?", paperTools());
    expect(talk.commands).toEqual(["cat src/table.ts"]);
  });

  test("another project gets only what its files say, and the way to a real model", async () => {
    const tools = paperTools(
      (call) =>
        when("cat package.json", exited(0, '{"name":"shop","scripts":{"dev":"vite"}}'))(call) ??
        when("ls", exited(0, "package.json\nsrc\n"))(call),
    );
    const talk = await converse("what is this?", tools);
    expect(talk.final).toMatch(/^# shop\n/);
    expect(talk.final).toContain("scripted demo");
    expect(talk.final).toContain("`npm run dev` runs `vite`");
    expect(talk.final).toContain("Try the Demo");
  });

  test("no path with a shell's meaning reaches a command line", async () => {
    const talk = await converse("explain $(touch x).ts;src/a.ts -rf", paperTools());
    expect(talk.commands.filter((command) => /[$;]|-rf/.test(command))).toEqual([]);
  });
});

describe("fix the failing test", () => {
  test("plans, snapshots, runs, reads, patches, runs again, and keeps the plan up to date", async () => {
    const talk = await converse("Fix the failing test", paperTools());
    expect(talk.calls.map(({ name, args }) => args["cmd"] ?? name)).toEqual([
      "update_plan",
      "cat package.json",
      snapshotCommand,
      "node --test",
      "update_plan",
      "cat src/duration.ts",
      "update_plan",
      "apply_patch",
      "update_plan",
      "node --test",
      "update_plan",
      snapshotCommand,
    ]);
    expect(plansOf(talk.calls)).toEqual([
      statuses("in_progress", "pending", "pending", "pending"),
      statuses("completed", "in_progress", "pending", "pending"),
      statuses("completed", "completed", "in_progress", "pending"),
      statuses("completed", "completed", "completed", "in_progress"),
      statuses("completed", "completed", "completed", "completed"),
    ]);
    expect(talk.final).toContain("all 8 tests passed");
    const asked = talk.calls.filter(({ args }) => args["cmd"] === snapshotCommand);
    expect(asked.map(({ args }) => args["sandbox_permissions"])).toEqual(["require_escalated", "require_escalated"]);
  });

  test("a declined snapshot is said in one sentence and does not stop it", async () => {
    const talk = await converse("Fix the failing test", paperTools(when(snapshotCommand, declined, declined)));
    expect(talk.said).toContain("No snapshot, then; I go on without one.");
    expect(talk.final).toContain("declined before the change, declined after it");
  });

  test("a failed snapshot is told and not offered again", async () => {
    const tools = paperTools(when(snapshotCommand, exited(127, "bash: git: command not found\n")));
    const talk = await converse("Fix the failing test", tools);
    expect(talk.commands.filter((command) => command === snapshotCommand)).toHaveLength(1);
    expect(talk.final).toContain("failed (bash: git: command not found) before the change, not taken after it");
  });

  test("a declined edit ends with what it would change, and runs nothing more", async () => {
    const talk = await converse("Fix the failing test", paperTools(when("apply_patch", patchDeclined)));
    expect(talk.calls.at(-1)?.name).toBe("apply_patch");
    expect(talk.final).toMatch(/^You declined the edit/);
    expect(talk.final).toContain("+  const whole = Math.round(seconds);");
  });

  test("a patch that fails to verify twice ends honestly", async () => {
    const failure = "apply_patch verification failed: the lines are not in src/duration.ts";
    const talk = await converse("Fix the failing test", paperTools(when("apply_patch", failure, failure)));
    expect(talk.calls.filter(({ name }) => name === "apply_patch")).toHaveLength(2);
    expect(talk.final).toContain(failure);
    expect(talk.final).not.toContain("passed");
  });

  test("a file whose lines are gone after the conflict is left alone", async () => {
    let reads = 0;
    const tools = paperTools((call) => {
      if (call.args["cmd"] === "cat src/duration.ts" && ++reads === 2) return exited(0, "export {};\n");
      return when("apply_patch", "src/duration.ts was changed by the user")(call);
    });
    const talk = await converse("Fix the failing test", tools);
    expect(talk.final).toContain("so I leave it as it is");
  });

  test("tests that still fail after the patch are reported as failing", async () => {
    const talk = await converse(
      "Fix the failing test",
      paperTools(when("node --test", exited(1, failing), exited(1, failing))),
    );
    expect(talk.final).toContain("7 tests passed, 1 failed");
    expect(talk.final).not.toContain("is fixed");
    expect(talk.commands.at(-1)).toBe("node --test");
  });

  test("nothing to fix: says so and changes nothing", async () => {
    const talk = await converse("Fix the failing test", paperTools(when("node --test", exited(0, passing))));
    expect(talk.final).toContain("all 8 tests passed");
    expect(talk.calls.some(({ name }) => name === "apply_patch")).toBe(false);
  });

  test.each([
    ["refuses the extension", 'TypeError [ERR_UNKNOWN_FILE_EXTENSION]: Unknown file extension ".ts" for /x/y.ts'],
    ["finds no test", "TAP version 13\n1..0\n# tests 0\n# suites 0\n# pass 0\n# fail 0\n"],
  ])("an old Node that %s is recognised, and the needed one named", async (_, output) => {
    const tools = paperTools(
      (call) => when("node --test", exited(0, output))(call) ?? when("node --version", exited(0, "v20.20.2\n"))(call),
    );
    const talk = await converse("Fix the failing test", tools);
    expect(talk.final).toContain("**22.18**");
    expect(talk.final).toContain("says v20.20.2");
    expect(talk.calls.some(({ name }) => name === "apply_patch")).toBe(false);
  });

  test("output that is no test run is not guessed at", async () => {
    const tools = paperTools(when("node --test", exited(127, "bash: node: command not found\n")));
    expect((await converse("Fix the failing test", tools)).final).toContain("I will not guess");
  });

  test("a slow test run is waited for, with everything it printed", async () => {
    const running = "Wall time: 15 seconds\nProcess running with session ID 7\nOutput:\n";
    const tools = paperTools(({ name, args }) => {
      if (args["cmd"] === "node --test") return `${running}${failing.slice(0, 60)}`;
      return name === "write_stdin" ? exited(1, failing.slice(60)) : undefined;
    });
    const talk = await converse("Fix the failing test", tools);
    expect(talk.calls.find(({ name }) => name === "write_stdin")?.args).toMatchObject({ session_id: 7, chars: "" });
    expect(talk.said.join("\n")).toContain("7 tests passed, 1 failed");
  });

  test("a command that never ends is given up", async () => {
    const running = "Process running with session ID 7\nOutput:\n";
    const tools = paperTools(({ name, args }) =>
      args["cmd"] === "node --test" || name === "write_stdin" ? running : undefined,
    );
    expect((await converse("Fix the failing test", tools)).final).toContain("still running");
  });

  test("plan mode proposes a plan and the change, and touches nothing", async () => {
    const before = [permissions("workspace-write"), permissions("read-only", "Plan mode is on: ...")];
    const talk = await converse("Fix the failing test", paperTools(), { before });
    expect(talk.calls.map(({ name, args }) => args["cmd"] ?? name)).toEqual([
      "update_plan",
      "cat package.json",
      "node --test",
      "cat src/duration.ts",
    ]);
    expect(plansOf(talk.calls)).toEqual([statuses("pending", "pending", "pending", "pending")]);
    expect(talk.final).toContain("```diff");
    expect(talk.final).toContain("go ahead");
  });

  test("a read-only sandbox that asks about patches is no reason not to try one", async () => {
    const before = [permissions("read-only", "The user is asked about each patch.")];
    const talk = await converse("Fix the failing test", paperTools(), { before });
    expect(talk.calls.some(({ name }) => name === "apply_patch")).toBe(true);
  });

  test("the last permissions hold: plan mode, then a go-ahead in another mode", async () => {
    const user = (text: string) => ({ role: "user", content: [{ type: "input_text", text }] });
    const before = [
      permissions("read-only", "Plan mode is on: ..."),
      user("Fix the failing test"),
      { role: "assistant", content: [{ type: "output_text", text: "a plan" }] },
      permissions("workspace-write"),
    ];
    const talk = await converse("go ahead", paperTools(), { before });
    expect(talk.final).toContain("The failing test is fixed.");
  });

  test("full access needs no question", async () => {
    const before = [permissions("danger-full-access", "`approval_policy` is `never`: ...")];
    const talk = await converse("Fix the failing test", paperTools(), { before });
    expect(talk.calls.filter(({ args }) => "sandbox_permissions" in args)).toEqual([]);
    expect(talk.commands).toContain(snapshotCommand);
  });

  test("where nobody may be asked, no snapshot is asked for", async () => {
    const before = [permissions("workspace-write", "`approval_policy` is `never`: ...")];
    const talk = await converse("Fix the failing test", paperTools(), { before });
    expect(talk.commands).not.toContain(snapshotCommand);
    expect(talk.final).toContain("all 8 tests passed");
  });

  test("no sandbox: it says that the command was not run, and why", async () => {
    const reason =
      "The sandbox is unavailable: bubblewrap is missing. Install it with `apt-get install -y bubblewrap`.";
    const talk = await converse("Fix the failing test", paperTools(when("cat package.json", reason)));
    expect(talk.final).toContain("**not run**");
    expect(talk.final).toContain(reason);
  });

  test("outside the sample project it says so and changes nothing", async () => {
    const tools = paperTools(when("cat package.json", exited(1, "cat: package.json: No such file or directory\n")));
    const talk = await converse("Fix the failing test", tools);
    expect(talk.final).toContain("not the sample project");
    expect(talk.final).toContain("Try the Demo");
    expect(talk.commands).toEqual(["cat package.json"]);
  });

  test("a function tool for patches gets the patch as its input argument", async () => {
    const offered = allTools.map((tool) => ({ ...tool, type: "function" }));
    const talk = await converse("Fix the failing test", paperTools(), { offered });
    const patch = talk.items.find((item) => "name" in item && item.name === "apply_patch");
    expect(patch).toMatchObject({ type: "function_call" });
    expect(talk.final).toContain("all 8 tests passed");
  });

  test("without update_plan it does the same without a plan", async () => {
    const offered = allTools.filter(({ name }) => name !== "update_plan");
    const talk = await converse("Fix the failing test", paperTools(), { offered });
    expect(plansOf(talk.calls)).toEqual([]);
    expect(talk.final).toContain("all 8 tests passed");
  });
});

describe("add a feature", () => {
  test("sends one patch with a new file, an edit and a test", async () => {
    const talk = await converse("Add a feature", paperTools());
    const patch = String(talk.calls.find(({ name }) => name === "apply_patch")?.args["input"]);
    expect(patch.match(/^\*\*\* .+$/gm)).toEqual([
      "*** Begin Patch",
      "*** Add File: src/csv.ts",
      "*** Update File: src/main.ts",
      "*** Add File: test/csv.test.ts",
      "*** End Patch",
    ]);
  });

  test("files that the user left out are not claimed", async () => {
    const talk = await converse("Add a feature", paperTools(when("apply_patch", patched("A src/csv.ts"))));
    expect(talk.final).toContain("- src/main.ts was left out");
    expect(talk.final).not.toContain("The CSV export is in.");
  });

  test("declined: nothing was changed", async () => {
    const talk = await converse("Add a feature", paperTools(when("apply_patch", patchDeclined)));
    expect(talk.final).toMatch(/^You declined the patch, so nothing was changed/);
  });
});

describe("a command that needs approval", () => {
  test("asks to leave the sandbox and shows what the command printed", async () => {
    const talk = await converse(
      "Run a command that needs approval",
      paperTools(when(outsideCommand, exited(0, "-rw-r--r-- x\n"))),
    );
    expect(talk.calls).toHaveLength(1);
    expect(talk.calls[0]?.args).toMatchObject({ sandbox_permissions: "require_escalated", cmd: outsideCommand });
    expect(talk.final).toContain("-rw-r--r-- x");
  });

  test("declined: acknowledges it", async () => {
    const talk = await converse("Run a command that needs approval", paperTools(when(outsideCommand, declined)));
    expect(talk.final).toMatch(/^You declined/);
  });

  test("in plan mode it only tells what it would ask", async () => {
    const before = [permissions("read-only", "Plan mode is on: ...")];
    const talk = await converse("Run a command that needs approval", paperTools(), { before });
    expect(talk.calls).toEqual([]);
  });
});

describe("everything else", () => {
  test.each(["", "Write me a poem", "fix my marriage"])("%j gets the honest answer", async (text) => {
    const talk = await converse(text, paperTools());
    expect(talk.calls).toEqual([]);
    expect(talk.final).toContain("scripted demo");
    expect(talk.final).toContain("Sign In...");
    expect(talk.final).toContain("Use a Local Model");
  });

  test("polite words around a known wish do not hide it", async () => {
    const talk = await converse("Please run a command that needs approval", paperTools());
    expect(talk.commands).toEqual([outsideCommand]);
  });

  test("quoted code is not taken for a wish", async () => {
    const talk = await converse("src/a.ts:1-2\n```ts\n// explain, fix the test\n```\n\nIs it nice?", paperTools());
    expect(talk.final).toContain("scripted demo");
  });

  test("problems that the editor reports are not the failing test", async () => {
    const talk = await converse("Fix these problems in test/duration.test.ts. ...\n- line 3: bug", paperTools());
    expect(talk.calls).toEqual([]);
  });

  test("a missing tool is named", async () => {
    const talk = await converse("Fix the failing test", paperTools(), {
      offered: [{ type: "function", name: "exec_command" }],
    });
    expect(talk.final).toContain("`apply_patch`");
  });

  test("every tool failing in every step still comes to an end", async () => {
    for (const text of [
      "Explain this project",
      "Fix the failing test",
      "Add a feature",
      "Run a command that needs approval",
    ]) {
      const talk = await converse(text, () => "something went wrong");
      expect(talk.calls.length).toBeLessThan(10);
      expect(talk.final).toContain("something went wrong");
    }
  });

  test("a conversation that goes in circles is given up", () => {
    const call = (n: number) => ({
      type: "function_call",
      call_id: `c${n}`,
      name: "exec_command",
      arguments: '{"cmd":"true"}',
    });
    const output = (n: number) => ({ type: "function_call_output", call_id: `c${n}`, output: "changed by someone" });
    const loop = Array.from({ length: 40 }, (_, n) => [call(n), output(n)]).flat();
    const input = [{ role: "user", content: "Fix the failing test" }, ...loop];
    const parsed = parseRequest({ model: "m", stream: true, input, tools: allTools });
    const [last, ...others] = parsed.ok ? demoResponse(parsed.request) : [];
    expect(others).toEqual([]);
    expect(last?.type === "message" && last.text).toContain("40 calls");
  });

  test("a step of which only the first call arrived is completed without saying anything twice", () => {
    const input = [{ role: "user", content: "Fix the failing test" }, permissions("workspace-write")];
    const first = parseRequest({ model: "m", stream: true, input, tools: allTools });
    const items = first.ok ? demoResponse(first.request) : [];
    const plan = items.find((item) => "name" in item && item.name === "update_plan");
    const broken = [
      ...input,
      { ...plan, call_id: "c" },
      { type: "function_call_output", call_id: "c", output: "Plan updated" },
    ];
    const second = parseRequest({ model: "m", stream: true, input: broken, tools: allTools });
    expect(second.ok && demoResponse(second.request)).toEqual([items.at(-1)]);
  });
});
