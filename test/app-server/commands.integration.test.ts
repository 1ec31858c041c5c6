import { existsSync, symlinkSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { startTicks } from "../../src/core/exec/process-tree.ts";
import type { CliServer } from "../helpers/cli.ts";
import { errorOf, resultOf, startedServer, testFolder } from "../helpers/wire-client.ts";
import { sessionErrors } from "../helpers/wire-session.ts";
import { sandboxMissing } from "../core/exec/harness.ts";

const noSandbox = await sandboxMissing();
const open = { sandboxPolicy: { type: "dangerFullAccess" } };
const sh = (script: string) => ["/bin/sh", "-c", script];
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** What a process wrote, as the client was told. */
const told = (server: CliServer, processId: string, stream: string): string =>
  server.session
    .flatMap(({ message: { method, params } }) =>
      method === "command/exec/outputDelta" ? [Object(params) as Delta] : [],
    )
    .filter((delta) => delta.processId === processId && delta.stream === stream)
    .map(({ deltaBase64 }) => Buffer.from(deltaBase64, "base64").toString())
    .join("");
interface Delta {
  readonly processId: string;
  readonly stream: string;
  readonly deltaBase64: string;
  readonly capReached: boolean;
}
const saw = (server: CliServer, processId: string, text: string, stream = "stdout") =>
  server.until(({ method }) => method === "command/exec/outputDelta" && told(server, processId, stream).includes(text));

test("command/exec collects both streams apart and tells the status", async () => {
  const server = await startedServer();
  const cwd = testFolder();
  const command = sh("pwd; echo err >&2; exit 3");
  const result = await resultOf(server.request("command/exec", { command, cwd, ...open }));
  expect(result).toEqual({ exitCode: 3, stdout: `${cwd}\n`, stderr: "err\n" });
  expect(sessionErrors(server.session) ?? []).toEqual([]);
});

test("a signal is 128 and its number, a timeout is 124, and what ran is gone", async () => {
  const server = await startedServer();
  const killed = await resultOf(server.request("command/exec", { command: sh("kill -9 $$"), ...open }));
  expect(killed["exitCode"]).toBe(137);
  const command = sh("echo $$; sleep 60 & wait");
  const late = await resultOf(server.request("command/exec", { command, timeoutMs: 300, ...open }));
  expect(late["exitCode"]).toBe(124);
  expect(startTicks(Number(late["stdout"]))).toBeNull();
});

test("output beyond the cap is dropped, per stream, and what is no UTF-8 is replaced", async () => {
  const server = await startedServer();
  const command = sh("echo 123456789; echo abcdefghi >&2");
  const capped = await resultOf(server.request("command/exec", { command, outputBytesCap: 5, ...open }));
  expect(capped).toEqual({ exitCode: 0, stdout: "12345", stderr: "abcde" });
  const flood = { command: sh("yes | head -c 3000000"), ...open };
  const usual = await resultOf(server.request("command/exec", flood));
  expect(usual["stdout"]).toHaveLength(1024 * 1024);
  const whole = await resultOf(server.request("command/exec", { ...flood, disableOutputCap: true }));
  expect(whole["stdout"]).toHaveLength(3_000_000);
  const bytes = await resultOf(server.request("command/exec", { command: ["printf", "\\377abc"], ...open }));
  expect(bytes["stdout"]).toBe("\ufffdabc");
});

test("the environment is made from nothing: what the client sets is there, the server's keys are not", async () => {
  const server = await startedServer({ env: { OPENAI_API_KEY: "sk-secret", MY_TOKEN: "t" } });
  const env = { FOO: "bar", LANG: null };
  const { stdout } = await resultOf(server.request("command/exec", { command: ["env"], env, ...open }));
  const lines = String(stdout).split("\n");
  expect(lines).toContain("FOO=bar");
  expect(lines.filter((line) => /^(?:OPENAI_API_KEY|MY_TOKEN|LANG|TURNWRIGHT_HOME)=/u.test(line))).toEqual([]);
});

test("a streamed process tells its output before the answer, which is empty, and can be written to", async () => {
  const server = await startedServer();
  const done = server.request("command/exec", {
    command: sh("cat; echo done; echo err >&2"),
    processId: "p1",
    streamStdin: true,
    streamStdoutStderr: true,
    ...open,
  });
  await resultOf(server.request("command/exec/write", { processId: "p1", deltaBase64: base64("hi\n") }));
  await saw(server, "p1", "hi\n");
  expect(await errorOf(server.request("command/exec", { command: ["true"], processId: "p1", ...open }))).toEqual({
    code: -32600,
    message: 'duplicate active command/exec process id: "p1"',
  });
  const last = { processId: "p1", deltaBase64: base64("\u0003by"), closeStdin: true };
  await resultOf(server.request("command/exec/write", last));
  expect(await resultOf(done)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  expect(told(server, "p1", "stdout")).toBe("hi\n\u0003bydone\n");
  expect(told(server, "p1", "stderr")).toBe("err\n");
  expect(sessionErrors(server.session) ?? []).toEqual([]);
  expect(await errorOf(server.request("command/exec/write", { processId: "p1", deltaBase64: "" }))).toEqual({
    code: -32600,
    message: 'no active command/exec for process id "p1"',
  });
});

test("a stream that reaches its cap says so with its last delta, and the other one goes on", async () => {
  const server = await startedServer();
  const command = sh("echo 1234567; echo abcdefg; echo err >&2");
  const params = { command, processId: "p", streamStdoutStderr: true, outputBytesCap: 5, ...open };
  await resultOf(server.request("command/exec", params));
  const deltas = server.session.flatMap(({ message: { method, params: delta } }) =>
    method === "command/exec/outputDelta" ? [delta] : [],
  );
  expect(deltas).toHaveLength(2);
  expect(deltas).toContainEqual({
    processId: "p",
    stream: "stdout",
    deltaBase64: base64("12345"),
    capReached: true,
  });
  expect(deltas).toContainEqual({ processId: "p", stream: "stderr", deltaBase64: base64("err\n"), capReached: false });
});

test("terminate ends a process and everything it started", async () => {
  const server = await startedServer();
  const command = sh("sleep 60 & echo $!; wait");
  const done = server.request("command/exec", {
    command,
    processId: "p",
    streamStdoutStderr: true,
    disableTimeout: true,
    ...open,
  });
  await saw(server, "p", "\n");
  expect(await resultOf(server.request("command/exec/terminate", { processId: "p" }))).toEqual({});
  expect((await resultOf(done))["exitCode"]).toBe(143);
  expect(startTicks(Number(told(server, "p", "stdout")))).toBeNull();
});

test("what asks for a terminal gets pipes: one stream, stdin, no resize", async () => {
  const server = await startedServer();
  const size = { rows: 10, cols: 40 };
  const command = sh("read line; echo $line >&2; cat");
  const done = server.request("command/exec", { command, processId: "t", tty: true, size, ...open });
  await resultOf(server.request("command/exec/write", { processId: "t", deltaBase64: base64("x\n") }));
  await saw(server, "t", "x\n");
  expect(await errorOf(server.request("command/exec/resize", { processId: "t", size }))).toEqual({
    code: -32600,
    message: expect.stringContaining("failed to resize PTY: process is not attached to a PTY") as unknown,
  });
  await resultOf(server.request("command/exec/write", { processId: "t", closeStdin: true }));
  expect((await resultOf(done))["exitCode"]).toBe(0);
});

test("params that do not go together are refused in the protocol's words", async () => {
  const server = await startedServer();
  const command = ["true"];
  const name = "command/exec tty or streaming requires a client-supplied processId";
  const cases: readonly (readonly [object, number, string])[] = [
    [{ command: [] }, -32600, "command must not be empty"],
    [{ command, timeoutMs: -1 }, -32602, "command/exec timeoutMs must be non-negative, got -1"],
    [
      { command, timeoutMs: 1, disableTimeout: true },
      -32602,
      "command/exec cannot set both timeoutMs and disableTimeout",
    ],
    [
      { command, outputBytesCap: 1, disableOutputCap: true },
      -32602,
      "command/exec cannot set both outputBytesCap and disableOutputCap",
    ],
    [{ command, streamStdin: true }, -32600, name],
    [{ command, streamStdoutStderr: true }, -32600, name],
    [{ command, tty: true }, -32600, name],
    [{ command, size: { rows: 1, cols: 1 } }, -32602, "command/exec size requires tty: true"],
    [
      { command, tty: true, processId: "p", size: { rows: 0, cols: 1 } },
      -32602,
      "command/exec size rows and cols must be greater than 0",
    ],
    [{ command, size: { rows: 1, cols: 70_000 } }, -32600, "Invalid request: invalid value: integer `70000`"],
    [
      { command, permissionProfile: ":workspace", sandboxPolicy: { type: "readOnly" } },
      -32600,
      "`permissionProfile` cannot be combined with `sandboxPolicy`",
    ],
    [{ command, permissionProfile: "nope" }, -32600, "invalid permission profile: "],
    [
      { command, sandboxPolicy: { type: "workspaceWrite", writableRoots: ["rel"] } },
      -32600,
      "Invalid request: AbsolutePathBuf deserialized without a base path",
    ],
    [{ command, cwd: "/nowhere/at/all", ...open }, -32603, "failed to spawn command: "],
    [{ command: ["no-such-program-here"], ...open }, -32603, "failed to spawn command: "],
    [{ command: ["a\0b"], ...open }, -32603, "failed to spawn command: "],
  ];
  for (const [params, code, message] of cases) {
    expect(await errorOf(server.request("command/exec", params))).toEqual({
      code,
      message: expect.stringMatching(new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&")}`, "u")) as unknown,
    });
  }
});

test("writes that make no sense are refused in the protocol's words", async () => {
  const server = await startedServer();
  const sleeping = server.request("command/exec", { command: ["sleep", "60"], processId: "s", ...open });
  const reading = server.request("command/exec", {
    command: ["sleep", "60"],
    processId: "r",
    streamStdin: true,
    ...open,
  });
  const write = (params: object) => errorOf(server.request("command/exec/write", params));
  expect(await write({ processId: "s", deltaBase64: "" })).toEqual({
    code: -32600,
    message: "stdin streaming is not enabled for this command/exec",
  });
  expect(await write({ processId: "r" })).toEqual({
    code: -32602,
    message: "command/exec/write requires deltaBase64 or closeStdin",
  });
  expect(await write({ processId: "r", deltaBase64: "!!" })).toEqual({
    code: -32602,
    message: "invalid deltaBase64: Invalid symbol 33, offset 0.",
  });
  await resultOf(server.request("command/exec/write", { processId: "r", closeStdin: true }));
  expect(await write({ processId: "r", deltaBase64: "" })).toEqual({
    code: -32600,
    message: "stdin is already closed",
  });
  for (const processId of ["s", "r"]) await resultOf(server.request("command/exec/terminate", { processId }));
  await Promise.all([sleeping, reading]);
});

test("permissionProfile is experimental", async () => {
  const server = await startedServer({ experimentalApi: false });
  const params = { command: ["true"], permissionProfile: ":read-only" };
  expect(await errorOf(server.request("command/exec", params))).toEqual({
    code: -32600,
    message: "command/exec.permissionProfile requires experimentalApi capability",
  });
});

test("one client runs 32 commands at once; more are told to come later", async () => {
  const server = await startedServer();
  const ids = Array.from({ length: 32 }, (_, index) => `p${index}`);
  const all = ids.map((processId) => server.request("command/exec", { command: ["sleep", "60"], processId, ...open }));
  expect(await errorOf(server.request("command/exec", { command: ["true"], ...open }))).toMatchObject({ code: -32001 });
  for (const processId of ids) await resultOf(server.request("command/exec/terminate", { processId }));
  await Promise.all(all);
  expect(await resultOf(server.request("command/exec", { command: ["true"], ...open }))).toMatchObject({ exitCode: 0 });
});

test("commands end with their client", async () => {
  const server = await startedServer();
  const params = {
    command: sh("echo $$; exec sleep 60"),
    processId: "p",
    streamStdoutStderr: true,
    disableTimeout: true,
    ...open,
  };
  server.send({ id: 1, method: "command/exec", params });
  await saw(server, "p", "\n");
  server.child.stdin.end();
  expect(await server.exited).toEqual({ code: 0, signal: null });
  expect(startTicks(Number(told(server, "p", "stdout")))).toBeNull();
});

test("SIGTERM ends commands too, and their clients are told", async () => {
  const server = await startedServer();
  const params = { command: sh("echo up; exec sleep 60"), processId: "p", streamStdoutStderr: true, ...open };
  const done = server.request("command/exec", params);
  await saw(server, "p", "up");
  server.child.kill("SIGTERM");
  expect((await resultOf(done))["exitCode"]).toBe(143);
  expect(await server.exited).toEqual({ code: 0, signal: null });
});

test.runIf(noSandbox === null)("a command is confined as configured for its folder, or as asked", async () => {
  const server = await startedServer();
  const base = testFolder("/var/tmp");
  const command = sh("echo in > in; cat in");
  const run = (params: object) => resultOf(server.request("command/exec", { command, cwd: base, ...params }));
  expect(await run({})).toMatchObject({
    stdout: "",
    stderr: expect.stringContaining("Read-only file system") as unknown,
  });
  expect(await run({ sandboxPolicy: { type: "workspaceWrite" } })).toMatchObject({ exitCode: 0, stdout: "in\n" });
  expect(await run({ permissionProfile: ":read-only" })).toMatchObject({
    stderr: expect.stringContaining("Read-only file system") as unknown,
  });
});

test.runIf(noSandbox === null)("a confined command sees its folder below /tmp, and no keys", async () => {
  const server = await startedServer();
  const cwd = testFolder();
  const seen = await resultOf(server.request("command/exec", { command: ["pwd"], cwd }));
  expect(seen).toEqual({ exitCode: 0, stdout: `${cwd}\n`, stderr: "" });
  const secret = path.join(server.home, "config.toml");
  const peek = await resultOf(server.request("command/exec", { command: ["cat", secret], cwd }));
  expect(peek).toMatchObject({ exitCode: 1, stdout: "" });
  expect(await errorOf(server.request("command/exec", { command: ["ls"], cwd: server.home }))).toMatchObject({
    code: -32603,
    message: expect.stringContaining("failed to spawn command: working directory") as unknown,
  });
});

test.runIf(noSandbox === null)("where the sandbox cannot be set up nothing runs, and the reason is said", async () => {
  const server = await startedServer();
  const cwd = testFolder();
  symlinkSync("elsewhere", path.join(cwd, ".vscode"));
  const params = { command: sh("echo > ran"), cwd, sandboxPolicy: { type: "workspaceWrite" } };
  expect(await errorOf(server.request("command/exec", params))).toEqual({
    code: -32603,
    message: expect.stringMatching(
      /^failed to spawn command: Commands cannot be sandboxed: .*symbolic link/u,
    ) as unknown,
  });
  expect(existsSync(path.join(cwd, "ran"))).toBe(false);
});
