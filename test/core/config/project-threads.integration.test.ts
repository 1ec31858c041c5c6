import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startAgent } from "../../helpers/agent.ts";

async function repository(toml: string): Promise<string> {
  const repo = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-repo-")));
  onTestFinished(() => fs.rm(repo, { recursive: true, force: true }));
  await fs.mkdir(path.join(repo, ".git"));
  await fs.mkdir(path.join(repo, ".turnwright"));
  await fs.writeFile(path.join(repo, ".turnwright", "config.toml"), toml);
  return repo;
}
const trusting = (repo: string): string => `[projects."${repo}"]\ntrust_level = "trusted"`;
const client = { name: "test", version: "0" };
const url = "http://127.0.0.1:9/v1"; // nobody is asked

test("a thread uses the configuration of the trusted project that it works in, and tells what has no effect", async () => {
  const repo = await repository('model = "of-the-project"\nsandbox_mode = "danger-full-access"');
  await using agent = await startAgent({ url, cwd: repo, config: trusting(repo) });
  const started = await agent.threads.start({ cwd: repo }, client);
  expect([started.model, started.sandbox.type]).toEqual(["of-the-project", "workspaceWrite"]);
  const { message } = await agent.until("warning");
  expect(message).toContain("sandbox_mode has no effect in a project's file");
  expect((await agent.threads.start({ cwd: repo, model: "asked-for" }, client)).model).toBe("asked-for");
  expect((await agent.threads.start({ cwd: os.tmpdir() }, client)).model).toBe("test-model");
});

test("with a bad value in the project no thread starts there", async () => {
  const repo = await repository("model = 5");
  await using agent = await startAgent({ url, cwd: repo, config: trusting(repo) });
  await expect(agent.threads.start({ cwd: repo }, client)).rejects.toThrow(
    `failed to load configuration: ${repo}/.turnwright/config.toml:1:9: model: `,
  );
  expect((await agent.threads.start({ cwd: os.tmpdir() }, client)).model).toBe("test-model");
});
