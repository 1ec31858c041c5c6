import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { version } from "../../src/app-server/version.ts";
import { runCli, temporaryHome } from "../helpers/cli.ts";

test("the version is that of the package", async () => {
  const manifest = JSON.parse(
    await fs.readFile(path.resolve(import.meta.dirname, "../../package.json"), "utf8"),
  ) as object;
  expect(manifest).toMatchObject({ version });
  expect(await runCli(["--version"])).toEqual({ code: 0, stdout: `turnwright ${version}\n`, stderr: "" });
});

test("help names every command", async () => {
  const { code, stdout } = await runCli(["--help"]);
  expect(code).toBe(0);
  for (const command of ["app-server", "apply-patch", "sandbox", "login", "logout"]) expect(stdout).toContain(command);
});

test.each([
  [[], "which command?"],
  [["bogus"], 'there is no command "bogus"'],
  [["toString"], 'there is no command "toString"'],
  [["app-server", "--bogus"], "--bogus"],
  [["app-server", "--listen", "tcp://127.0.0.1:1"], "--listen takes stdio://, ws://IP:PORT or unix://PATH"],
  [["apply-patch", "file"], "apply-patch takes no arguments"],
])("misuse is said on stderr with status 2: %j", async (args, reason) => {
  const { code, stdout, stderr } = await runCli(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(reason);
});

test("apply-patch applies the patch on stdin in the working directory", async () => {
  const cwd = await temporaryHome();
  const input = "*** Begin Patch\n*** Add File: new.txt\n+hello\n*** End Patch\n";
  expect(await runCli(["apply-patch"], { cwd, input })).toMatchObject({ code: 0, stderr: "" });
  expect(await fs.readFile(path.join(cwd, "new.txt"), "utf8")).toBe("hello\n");
});

test("login keeps the key in a file for the user alone, and logout removes it", async () => {
  const home = await temporaryHome();
  const env = { TURNWRIGHT_HOME: home };
  const key = "sk-test-key-1234567890";
  const login = await runCli(["login"], { env, input: `${key}\n` });
  expect(login).toMatchObject({ code: 0, stderr: "" });
  expect(login.stdout).not.toContain(key);
  const file = path.join(home, "auth.json");
  expect(JSON.parse(await fs.readFile(file, "utf8"))).toMatchObject({ OPENAI_API_KEY: key });
  if (process.platform !== "win32") expect((await fs.stat(file)).mode & 0o777).toBe(0o600);
  expect(await runCli(["logout"], { env })).toMatchObject({ code: 0 });
  await expect(fs.stat(file)).rejects.toThrow("ENOENT");
});

test.each([
  ["", "there was no key on stdin"],
  ["two words", "is not an API key"],
  ["x".repeat(20_000), "is not an API key"],
])("login refuses what is no key", async (input, reason) => {
  const { code, stderr } = await runCli(["login"], { env: { TURNWRIGHT_HOME: await temporaryHome() }, input });
  expect(code).toBe(1);
  expect(stderr).toContain(reason);
});

test("what goes wrong is said in a line, without a stack", async () => {
  const file = path.join(await temporaryHome(), "config.toml");
  const { code, stderr } = await runCli(["logout"], { env: { TURNWRIGHT_HOME: file } });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^turnwright: ENOTDIR[^\n]*\n$/u);
});

test("an older Node is told which one is needed", async () => {
  const older = "Object.defineProperty(process.versions,'node',{value:'22.18.0'})";
  const env = { NODE_OPTIONS: `--import "data:text/javascript,${older}"` };
  expect(await runCli(["--version"], { env })).toEqual({
    code: 1,
    stdout: "",
    stderr: "turnwright needs Node 22.19 or newer; this is 22.18.0.\n",
  });
});

test("the code cache is the user's own, and nothing fails where it cannot be", async () => {
  const cache = path.join(await temporaryHome(), "cache");
  expect(await runCli(["--version"], { env: { XDG_CACHE_HOME: cache } })).toMatchObject({ code: 0, stderr: "" });
  const { mode } = await fs.stat(path.join(cache, "turnwright", "code"));
  if (process.platform !== "win32") expect(mode & 0o777).toBe(0o700);
  const file = path.join(await temporaryHome(), "config.toml");
  expect(await runCli(["--version"], { env: { XDG_CACHE_HOME: file } })).toMatchObject({ code: 0, stderr: "" });
});

test("a code cache in the working folder, where others may write, is not used", async () => {
  const cwd = await temporaryHome();
  for (const relative of ["", "caches"]) {
    expect(await runCli(["--version"], { cwd, env: { XDG_CACHE_HOME: relative } })).toMatchObject({ code: 0 });
  }
  expect(await fs.readdir(cwd)).toEqual(["config.toml"]);
});
