import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { commandEnvironment } from "../../../src/core/exec/environment.ts";
import { createProcesses, type StartOptions } from "../../../src/core/exec/process.ts";
import { createSandbox, unconfined } from "../../../src/core/exec/sandbox/index.ts";
import { probeBubblewrap } from "../../../src/core/exec/sandbox/probe.ts";
import type { RunningProcess, SandboxScope } from "../../../src/core/exec/types.ts";
import { SandboxPolicy } from "../../../src/protocol/settings.ts";

/** A new folder that is gone when the test is over. */
export function temporaryFolder(under = tmpdir()): string {
  const folder = realpathSync(mkdtempSync(join(under, "turnwright-test-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Null where bubblewrap works; else the reason why tests that need it are left out, which is printed. */
export async function sandboxMissing(): Promise<string | null> {
  const probe = await probeBubblewrap(process.env["PATH"] ?? "");
  if (probe.kind === "works") return null;
  process.stderr.write(`left out: tests of the sandbox. ${probe.message}\n`);
  return probe.message;
}

/** Processes that are all gone when the test is over, and a short way to start an unconfined script. */
export function processes() {
  const all = createProcesses({ platform: process.platform });
  onTestFinished(() => all.closeAll());
  return {
    all,
    sh: (script: string, options: Partial<StartOptions> = {}): RunningProcess => {
      const command = unconfined({
        argv: ["/bin/bash", "-c", script],
        cwd: "/",
        env: { PATH: process.env["PATH"] ?? "" },
      });
      return all.start(command, { outputFile: null, stdin: "closed", ...options });
    },
  };
}

export interface Ran {
  readonly status: number | null;
  readonly text: string;
}

/** A workspace outside of /tmp, and a way to run scripts in it under the real sandbox. */
export function sandboxed(policy: Partial<SandboxPolicy> = {}, under = "/var/tmp") {
  const base = temporaryFolder(under);
  const workspace = join(base, "workspace");
  const tempDir = join(base, "temp");
  const stateDir = join(base, "state");
  for (const folder of [workspace, tempDir, stateDir]) mkdirSync(folder, { mode: 0o700 });
  const { all } = processes();
  const sandbox = createSandbox({ platform: process.platform, stateDir, path: process.env["PATH"] ?? "" });
  const scope: SandboxScope = {
    policy: SandboxPolicy.parse({ type: "workspaceWrite", ...policy }),
    writableRoots: [workspace],
    tempDir,
    denyRead: [stateDir],
    visible: [workspace],
  };

  async function start(script: string, changes: Partial<SandboxScope> = {}, cwd = workspace): Promise<RunningProcess> {
    const env = commandEnvironment(
      { ...process.env, PATH: process.env["PATH"] ?? "" },
      { include: [], set: {}, tempDir },
    );
    const wrapped = await sandbox.wrap({ argv: ["/bin/bash", "-c", script], cwd, env }, { ...scope, ...changes });
    if (wrapped.kind === "unavailable") throw new Error(wrapped.message);
    return all.start(wrapped.command, { outputFile: null, stdin: "closed" });
  }
  async function run(script: string, changes: Partial<SandboxScope> = {}, cwd = workspace): Promise<Ran> {
    const command = await start(script, changes, cwd);
    const { exitCode } = await command.exited;
    return { status: exitCode, text: command.output.snapshot(100_000).text };
  }
  return { workspace, tempDir, stateDir, sandbox, scope, start, run, processes: all };
}

/** Resolves with the text so far as soon as it contains `wanted`. */
export function saw(process: RunningProcess, wanted: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = process.output.snapshot(1_000_000).text;
    if (text.includes(wanted)) return resolve(text);
    process.output.onText((chunk) => {
      text += chunk;
      if (text.includes(wanted)) resolve(text);
    });
    void process.exited.then(() => reject(new Error(`ended without ${JSON.stringify(wanted)}: ${text}`)));
  });
}
