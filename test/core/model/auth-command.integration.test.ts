import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { startAgent } from "../../helpers/agent.ts";
import { completed, httpScript, itemDone, message, status, stream } from "./http-script.ts";

const hello = stream(itemDone(message("hi")), completed);
const client = { name: "test", version: "0" };
/** Prints `secret-token-<n>`, the n-th time it is run. */
const script = `const fs = require("fs"); fs.appendFileSync("runs", "x"); console.log("secret-token-" + fs.readFileSync("runs").length)`;
const auth = `[model_providers.test.auth]\ncommand = ${JSON.stringify(process.execPath)}\nargs = ["-e", ${JSON.stringify(script)}]\ntimeout_ms = 60000`;

async function textsBelow(folder: string): Promise<string> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return (await Promise.all(files.map((file) => fs.readFile(path.join(file.parentPath, file.name), "utf8")))).join();
}

test("a provider's auth command signs the requests, is run again after a 401, and leaves no trace of the key", async () => {
  const refused = status(401, { error: { message: "secret-token-1 is not valid" } });
  await using server = await httpScript(hello, refused, hello);
  await using agent = await startAgent({ url: server.baseUrl, config: auth });
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, client);
  expect((await agent.play(thread.id, "one")).turn.status).toBe("completed");
  expect((await agent.play(thread.id, "two")).turn.status).toBe("completed");
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
    "Bearer secret-token-1",
    "Bearer secret-token-1",
    "Bearer secret-token-2",
  ]);
  await fs.rm(path.join(agent.home, "config.toml"));
  expect((await textsBelow(agent.home)) + JSON.stringify(agent.events)).not.toContain("secret-token");
});

test("a key that is refused again fails the turn, says what to do and repeats neither key", async () => {
  await using server = await httpScript((response, request) =>
    status(401, { error: { message: `no: ${request.headers.authorization ?? ""}` } })(response, request),
  );
  await using agent = await startAgent({ url: server.baseUrl, config: auth });
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, client);
  const { turn } = await agent.play(thread.id, "one");
  expect(turn.error?.message).toContain("The auth command gives a key that does not work");
  expect(server.requests).toHaveLength(2);
  expect(JSON.stringify(agent.events)).not.toContain("secret-token");
});

test("an auth command that fails is the turn's failure, and no request is made", async () => {
  await using server = await httpScript(hello);
  const config = `[model_providers.test.auth]\ncommand = "/nowhere/helper"`;
  await using agent = await startAgent({ url: server.baseUrl, config });
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, client);
  const { turn } = await agent.play(thread.id, "one");
  expect(turn.error?.message).toContain('The auth command "/nowhere/helper" cannot be run (ENOENT)');
  expect(server.requests).toHaveLength(0);
});
