import { expect, test } from "vitest";
import { commandEnvironment } from "../../../src/core/exec/environment.ts";
import { commandShell, shellArgv } from "../../../src/core/exec/shell.ts";

const user = {
  PATH: "/bin",
  HOME: "/home/u",
  LANG: "de_DE.UTF-8",
  LC_TIME: "C",
  TERM: "xterm-256color",
  JAVA_HOME: "/opt/java",
  OPENAI_API_KEY: "sk-1",
  GITHUB_TOKEN: "ghp",
  AWS_SECRET_ACCESS_KEY: "s",
  AWS_REGION: "eu",
  DB_PASSWORD: "p",
  LD_PRELOAD: "/x.so",
  LD_LIBRARY_PATH: "/cuda",
  BASH_ENV: "/x.sh",
  SSH_AUTH_SOCK: "/run/agent",
  ELECTRON_RUN_AS_NODE: "1",
  NODE_OPTIONS: "--require x",
  VSCODE_IPC_HOOK: "/run/v.sock",
  npm_config_token: "t",
  EDITOR: "vi",
};
const none = { include: [], set: {}, tempDir: null };

test("a command gets who, where and which language, and settings for a pipe; nothing else", () => {
  expect(commandEnvironment(user, none)).toEqual({
    PATH: "/bin",
    HOME: "/home/u",
    LANG: "de_DE.UTF-8",
    LC_TIME: "C",
    JAVA_HOME: "/opt/java",
    TERM: "dumb",
    NO_COLOR: "1",
    PAGER: "cat",
    GIT_PAGER: "cat",
    GH_PAGER: "cat",
    GIT_TERMINAL_PROMPT: "0",
    TURNWRIGHT: "1",
  });
});

test("an included pattern passes what does not look like a secret, an exact name passes anything", () => {
  const env = commandEnvironment(user, { ...none, include: ["AWS_*", "*", "DB_PASSWORD", "LD_LIBRARY_PATH"] });
  expect(env).toMatchObject({ AWS_REGION: "eu", EDITOR: "vi", DB_PASSWORD: "p", LD_LIBRARY_PATH: "/cuda" });
  for (const name of [
    "AWS_SECRET_ACCESS_KEY",
    "OPENAI_API_KEY",
    "GITHUB_TOKEN",
    "LD_PRELOAD",
    "BASH_ENV",
    "SSH_AUTH_SOCK",
    "npm_config_token",
  ])
    expect(env).not.toHaveProperty(name);
});

test("ELECTRON_RUN_AS_NODE never passes, not even by name", () => {
  expect(commandEnvironment(user, { ...none, include: ["ELECTRON_RUN_AS_NODE"] })).not.toHaveProperty(
    "ELECTRON_RUN_AS_NODE",
  );
});

test("what is set wins over everything, and the temp dir is the thread's", () => {
  const env = commandEnvironment(user, { include: [], set: { TERM: "xterm", MY_TOKEN: "x" }, tempDir: "/t" });
  expect(env).toMatchObject({ TERM: "xterm", MY_TOKEN: "x", TMPDIR: "/t" });
});

test("a language is always set, or tools answer in ASCII", () => {
  expect(commandEnvironment({ PATH: "/bin" }, none)["LANG"]).toBe("C.UTF-8");
});

test("the shell is the user's where it reads POSIX, else bash, else sh", () => {
  expect(commandShell({ SHELL: "/bin/sh" }, "linux")).toBe("/bin/sh");
  expect(["/bin/bash", "/bin/sh"]).toContain(commandShell({ SHELL: "/usr/bin/fish" }, "linux"));
  expect(["/bin/bash", "/bin/sh"]).toContain(commandShell({ SHELL: "/nowhere/bash" }, "linux"));
  expect(["/bin/bash", "/bin/sh"]).toContain(commandShell({ SHELL: "./bash" }, "linux"));
  expect(shellArgv("/bin/bash", "echo $HOME")).toEqual(["/bin/bash", "-c", "echo $HOME"]);
  expect(shellArgv(commandShell({}, "win32"), "ls")).toEqual([
    "powershell.exe",
    "-NoProfile",
    "-NonInteractive",
    "-Command",
    "ls",
  ]);
});
