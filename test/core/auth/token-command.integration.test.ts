import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { createTokenCommand, type TokenCommandSettings } from "../../../src/core/auth/token-command.ts";

let cwd = "";
beforeEach(async () => {
  cwd = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-token-")));
  onTestFinished(() => fs.rm(cwd, { recursive: true, force: true }));
});

/** Prints `token-<n>`, the n-th time it is run in this folder. */
const counting = `const fs = require("fs"); fs.appendFileSync("runs", "x"); console.log("token-" + fs.readFileSync("runs").length)`;

function commandOf(script: string, settings: Partial<TokenCommandSettings> = {}) {
  const clock = { now: 0 };
  const command = createTokenCommand(
    { command: process.execPath, args: ["-e", script], cwd, timeoutMs: 60_000, refreshIntervalMs: 1000, ...settings },
    { env: process.env, platform: process.platform, now: () => clock.now },
  );
  onTestFinished(() => command.close());
  return { command, clock };
}

test("the key is asked for once, by one run for all, until it is too old", async () => {
  const { command, clock } = commandOf(counting);
  expect(await Promise.all([command.token(), command.token()])).toEqual(["token-1", "token-1"]);
  clock.now = 999;
  expect(await command.token()).toBe("token-1");
  clock.now = 1000;
  expect(await command.token()).toBe("token-2");
});

test("without an interval it is used until it is refused, and a refusal that came too late runs nothing", async () => {
  const { command, clock } = commandOf(counting, { refreshIntervalMs: 0 });
  expect(await command.token()).toBe("token-1");
  clock.now = 1e9;
  expect(await command.token()).toBe("token-1");
  expect(await Promise.all([command.renew("token-1"), command.renew("token-1")])).toEqual(["token-2", "token-2"]);
  expect(await command.renew("token-1")).toBe("token-2");
});

test("no shell stands between: what would be its syntax is an argument, and bare names are found on PATH", async () => {
  const env = { PATH: path.dirname(process.execPath) };
  const command = createTokenCommand(
    { command: "node", args: ["-p", "process.argv[1]", "$(id);*"], cwd, timeoutMs: 60_000, refreshIntervalMs: 0 },
    { env, platform: process.platform, now: () => 0 },
  );
  expect(await command.token()).toBe("$(id);*");
});

test.each([
  ["process.exit(3)", "ended with status 3"],
  ["", "printed nothing"],
  ["console.log('secret-1 secret-2')", "printed something that is no key"],
  ["console.error('secret-1'); console.log('secret-2'); process.exit(1)", "ended with status 1"],
  ["process.stdout.write('secret'.repeat(20000))", "prints more than 65536 bytes"],
])("%s: the error says what became of it, not what it printed", async (script, what) => {
  const { command } = commandOf(script);
  const error: unknown = await command.token().catch((reason: unknown) => reason);
  expect(String(error)).toContain(what);
  expect(String(error)).not.toContain("secret");
});

test("a program that is not there is named", async () => {
  const { command } = commandOf("", { command: path.join(cwd, "missing") });
  await expect(command.token()).rejects.toThrow(`The auth command "${cwd}/missing" cannot be run (ENOENT)`);
});

test("one that takes too long is ended with its children, and the next call runs it again", async () => {
  const script = `const { spawn } = require("child_process"); spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" }); setInterval(() => {}, 1000)`;
  const { command } = commandOf(script, { timeoutMs: 300 });
  await expect(command.token()).rejects.toThrow("gave no key within 300 ms");
  await expect(command.token()).rejects.toThrow("gave no key within 300 ms");
});

test("closing ends the program", async () => {
  const { command } = commandOf("setInterval(() => {}, 1000)");
  const refused = expect(command.token()).rejects.toThrow("was ended with the server");
  command.close();
  await refused;
});
