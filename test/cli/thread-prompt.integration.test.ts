import { expect, test } from "vitest";
import { answer, functionCall, message } from "../../src/demo/script.ts";
import { startAgent } from "../helpers/agent.ts";
import { runCli } from "../helpers/cli.ts";
import { responsesServer } from "../helpers/responses-server.ts";
import { writeThread } from "../helpers/rollouts.ts";

const me = { name: "test", version: "1" };

test("thread prompt lists the calls of a thread, says where two of them differ and why, and writes the body of one", async () => {
  await using model = await responsesServer(
    answer(functionCall("exec_command", { cmd: "echo hello" })),
    answer(message("Hello.")),
    answer(message("SUMMARY: greetings")),
    answer(message("Again.")),
  );
  await using agent = await startAgent(model);
  const full = { sandbox: "danger-full-access", approvalPolicy: "never" } as const;
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  await agent.play(thread.id, "hi \u001b[2J");
  await agent.threads.compact(thread.id, null);
  await agent.until("turnCompleted");
  await agent.play(thread.id, "and again");
  const run = (...args: string[]) =>
    runCli(["thread", "prompt", thread.id, ...args], { env: { TURNWRIGHT_HOME: agent.home } });

  const { code, stdout, stderr } = await run();
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`;
  const rows = stdout.trimEnd().split("\n");
  expect(rows).toEqual([
    expect.stringMatching(new RegExp(`^0  ${time}  answer   test-model  3 items  \\d+ bytes  first call$`)),
    expect.stringMatching(new RegExp(`^1  ${time}  answer   test-model  5 items  \\d+ bytes  goes on$`)),
    expect.stringMatching(new RegExp(`^2  ${time}  summary  test-model  7 items  \\d+ bytes  goes on$`)),
    expect.stringMatching(/new prompt: a compaction \(the user asked for it\)$/),
  ]);

  const on = (await run("--calls", "1,0")).stdout;
  expect(on).toMatch(
    /^The first byte that differs is byte \d+, behind 3 items that both have\.\n {2}call 0, behind its input: …/,
  );
  expect(on).toMatch(/\n {2}call 1, in input item 3 \(function_call\): …[^]*⟨here⟩,\{"type":"function_call"/);
  expect(on).toContain("\nWhy: call 1 goes on from call 0; its instructions, tools and input begin as they were.\n");
  const anew = (await run("--calls", "1,3")).stdout;
  expect(anew).toContain("\nWhy: a new prompt began in between: a compaction (the user asked for it).\n");
  expect(anew).not.toContain("\u001b");

  for (const [index, { raw }] of model.requests.entries()) {
    expect((await run("--body", String(index))).stdout).toBe(raw.toString("utf8"));
  }
  expect(await run("--body", "9")).toEqual({
    code: 1,
    stdout: "",
    stderr: "turnwright thread: there is no call 9: the thread has 4, from 0\n",
  });
  expect((await run("--calls", "1")).code).toBe(2);
  expect((await run("--calls", "1,x")).stderr).toContain("--calls takes the number of a call, from 0");
});

test("a thread of an older version has no calls to show, and says so", async () => {
  await using agent = await startAgent({ url: "http://127.0.0.1:1/v1" });
  const old = await writeThread(agent.home, { createdMs: Date.UTC(2026, 2, 1), turns: [{ user: "hello" }] });
  const run = (id: string) => runCli(["thread", "prompt", id], { env: { TURNWRIGHT_HOME: agent.home } });
  expect((await run(old.id)).stderr).toContain(`nothing is recorded of the calls of ${old.id}`);
  expect(await run("00000000-0000-4000-8000-000000000000")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("no rollout found") as string,
  });
});
