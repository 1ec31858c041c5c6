import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createPlaceholders } from "../../../src/core/exec/sandbox/placeholders.ts";
import { sandboxMissing, temporaryFolder } from "./harness.ts";

const fixture = join(import.meta.dirname, "../../fixtures/exec/doomed-server.ts");

/** Starts a server with its commands, and resolves when they run. */
async function doomedServer(...args: string[]): Promise<ChildProcess & { pid: number }> {
  const server = spawn(process.execPath, [fixture, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void server.kill("SIGKILL"));
  await new Promise<void>((resolve, reject) => {
    let errors = "";
    server.stderr.on("data", (chunk: Buffer) => (errors += String(chunk)));
    server.stdout.once("data", () => resolve());
    server.once("exit", () => reject(new Error(errors)));
  });
  if (server.pid === undefined) throw new Error("not started");
  return Object.assign(server, { pid: server.pid });
}

/** Live processes whose name on the command line is `name`. */
function named(name: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0")[0] === name;
    } catch {
      return false;
    }
  });
}

async function killHard(server: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGKILL");
  await ended;
}

if (process.platform === "linux") {
  test("SIGKILL of the server takes an unconfined command and its children along", async () => {
    const server = await doomedServer();
    await expect.poll(() => named(`plain-${server.pid}`)).toHaveLength(1);
    await killHard(server);
    await expect.poll(() => named(`plain-${server.pid}`)).toEqual([]);
  });

  if ((await sandboxMissing()) === null) {
    test("SIGKILL of the server takes a confined command along, and the next server removes what it left", async () => {
      const base = temporaryFolder("/var/tmp");
      const [workspace, tempDir, stateDir] = [join(base, "w"), join(base, "t"), join(base, "s")];
      for (const folder of [workspace, tempDir, stateDir]) mkdirSync(folder);
      const server = await doomedServer(workspace, tempDir, stateDir);
      await expect.poll(() => named(`boxed-${server.pid}`)).toHaveLength(1);
      expect(readdirSync(workspace)).toContain(".vscode");
      await killHard(server);
      await expect.poll(() => named(`boxed-${server.pid}`)).toEqual([]);
      await expect.poll(() => named(`plain-${server.pid}`)).toEqual([]);
      await createPlaceholders(join(stateDir, "placeholders")).tidy();
      expect(readdirSync(workspace)).toEqual([]);
      expect(readdirSync(join(stateDir, "placeholders"))).toEqual([]);
    });
  }
} else {
  test("left out: this system ends commands in another way", () => {
    process.stderr.write("left out: death of the server, which is tested on Linux\n");
  });
}
