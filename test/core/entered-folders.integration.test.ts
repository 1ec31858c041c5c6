import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { answer, functionCall, message } from "../../src/demo/script.ts";
import { startAgent } from "../helpers/agent.ts";
import { responsesServer, type TestResponsesServer } from "../helpers/responses-server.ts";

const client = { name: "test", version: "1" };
const full = { sandbox: "danger-full-access", approvalPolicy: "never" } as const;

const inputText = (model: TestResponsesServer, index: number): string => {
  const body = model.requests[index]?.raw.toString("utf8") ?? "";
  return body.slice(0, body.lastIndexOf('],"tools":'));
};
const count = (text: string, part: string): number => text.split(part).length - 1;

async function project(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  await fs.mkdir(path.join(root, ".git"), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await fs.mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await fs.writeFile(path.join(root, name), text);
  }
}

test("the instructions of a folder are told once, when the agent first runs a command, reads or writes there", async () => {
  await using model = await responsesServer(
    [functionCall("exec_command", { cmd: "true", workdir: "kitchen/oven" })],
    [functionCall("exec_command", { cmd: "cat cellar/wine.txt" })],
    [functionCall("apply_patch", { input: "*** Begin Patch\n*** Add File: attic/box.txt\n+dust\n*** End Patch" })],
    [functionCall("exec_command", { cmd: "true", workdir: "kitchen" })],
    [message("done")],
    [message("again")],
  );
  await using agent = await startAgent(model);
  await project(agent.cwd, {
    "AGENTS.md": "RULE house",
    "kitchen/AGENTS.md": "RULE kitchen",
    "kitchen/oven/AGENTS.override.md": "RULE oven",
    "cellar/AGENTS.md": "RULE cellar",
    "cellar/wine.txt": "red",
    "attic/AGENTS.md": "RULE attic",
  });
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, client);
  await agent.play(thread.id, "look around");
  const seen = (index: number): string[] =>
    ["house", "kitchen", "oven", "cellar", "attic"].filter((name) => inputText(model, index).includes(`RULE ${name}`));
  expect(seen(0)).toEqual(["house"]);
  expect(seen(1)).toEqual(["house", "kitchen", "oven"]);
  expect(seen(2)).toEqual(["house", "kitchen", "oven", "cellar"]);
  expect(seen(3)).toEqual(["house", "kitchen", "oven", "cellar", "attic"]);
  // More specific comes later.
  expect(inputText(model, 1).indexOf("RULE kitchen")).toBeLessThan(inputText(model, 1).indexOf("RULE oven"));

  await agent.threads.close();
  await using second = await startAgent({ url: model.url, home: agent.home, cwd: agent.cwd });
  await second.threads.resume(thread.id, full, client);
  await second.play(thread.id, "once more");
  for (const name of ["house", "kitchen", "oven", "cellar", "attic"]) {
    expect(count(inputText(model, 5), `RULE ${name}`)).toBe(1);
  }
  expect(inputText(model, 5).startsWith(inputText(model, 4))).toBe(true);
  model.assertExhausted();
});

test("a folder outside the project, or one that a link leads to, has nothing to say", async () => {
  await using model = await responsesServer(
    [functionCall("exec_command", { cmd: "true", workdir: "../other" })],
    [functionCall("exec_command", { cmd: "true", workdir: "link" })],
    [message("done")],
  );
  await using agent = await startAgent(model);
  await project(agent.cwd, { "readme.md": "hello" });
  await project(path.join(agent.cwd, "../other"), { "AGENTS.md": "RULE other" });
  await fs.symlink("../other", path.join(agent.cwd, "link"));
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, client);
  await agent.play(thread.id, "go there");
  expect(inputText(model, 2)).not.toContain("RULE other");
  const warnings = agent.events.flatMap((event) => (event.type === "warning" ? event.message : []));
  expect(warnings.some((warning) => warning.includes("leads out of its project"))).toBe(true);
});

test("the limit counts what was told before, and a cut is said", async () => {
  await using model = await responsesServer(
    [functionCall("exec_command", { cmd: "true", workdir: "sub" })],
    [message("done")],
  );
  await using agent = await startAgent({ url: model.url, config: "project_doc_max_bytes = 100\n" });
  await project(agent.cwd, {
    "AGENTS.md": `RULE first ${"x".repeat(60)}`,
    "sub/AGENTS.md": `RULE second ${"y".repeat(60)}`,
  });
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, client);
  await agent.play(thread.id, "go");
  expect(count(inputText(model, 1), "x")).toBeGreaterThanOrEqual(60);
  expect(inputText(model, 1)).toContain("RULE second");
  expect(inputText(model, 1)).not.toContain("y".repeat(30));
  const warnings = agent.events.flatMap((event) => (event.type === "warning" ? event.message : []));
  expect(warnings.some((warning) => warning.includes(path.join("sub", "AGENTS.md")))).toBe(true);
});

test("a summary does not forget the instructions of folders", async () => {
  await using model = await responsesServer(
    { ...answer(functionCall("exec_command", { cmd: "true", workdir: "sub" })), usage: { inputTokens: 100 } },
    { ...answer(message("fine")), usage: { inputTokens: 60_000 } },
    answer(message("SUMMARY")),
    answer(message("done")),
  );
  await using agent = await startAgent({ url: model.url, config: "model_auto_compact_token_limit = 50000\n" });
  await project(agent.cwd, { "sub/AGENTS.md": "RULE sub" });
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, client);
  await agent.play(thread.id, "go");
  await fs.writeFile(path.join(agent.cwd, "sub/AGENTS.md"), "RULE sub, as it is now");
  await agent.play(thread.id, "go on");
  expect(inputText(model, 3)).toContain("RULE sub, as it is now");
});
