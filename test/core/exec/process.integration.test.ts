import { existsSync, readdirSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ExecError } from "../../../src/core/exec/process.ts";
import { descendants, isRunning, startTicks } from "../../../src/core/exec/process-tree.ts";
import { unconfined } from "../../../src/core/exec/sandbox/index.ts";
import { processes, saw, temporaryFolder } from "./harness.ts";

describe("a process", () => {
  test("ends with its status, its time and one stream of output in order", async () => {
    const { sh } = processes();
    const command = sh("echo one; echo two >&2; echo three; exit 7");
    expect(command.exit).toBeNull();
    const exit = await command.exited;
    expect(exit).toMatchObject({ exitCode: 7, signal: null });
    expect(exit.durationMs).toBeGreaterThanOrEqual(0);
    expect(command.exit).toEqual(exit);
    expect(command.output.snapshot(1000)).toEqual({ text: "one\ntwo\nthree\n", omittedBytes: 0, totalLines: 3 });
  });

  test("tells the signal that ended it", async () => {
    const { sh } = processes();
    await expect(sh("kill -KILL $$").exited).resolves.toMatchObject({ exitCode: null, signal: "SIGKILL" });
  });

  test("can open /dev/stdout and /dev/stderr, which a socket would refuse", async () => {
    const { sh } = processes();
    const command = sh("echo out > /dev/stdout; echo err > /dev/stderr; echo both | tee /dev/stderr");
    await command.exited;
    expect(command.output.snapshot(1000).text).toBe("out\nerr\nboth\nboth\n");
  });

  test("reads the end of input at once when its stdin is closed", async () => {
    const { sh } = processes();
    const command = sh("cat; test -p /dev/stdin && echo pipe");
    expect((await command.exited).exitCode).toBe(1);
    await expect(command.write("x")).rejects.toThrow("ended");
  });

  test("takes input while it runs, and can be polled for what is new", async () => {
    const { sh } = processes();
    const command = sh('echo ready; while read -r line; do echo "got $line"; test "$line" = end && exit 4; done', {
      stdin: "open",
    });
    await saw(command, "ready\n");
    expect(command.output.takeNew(1000).text).toBe("ready\n");
    await command.write("größe\n");
    await saw(command, "got größe\n");
    expect(command.output.takeNew(1000).text).toBe("got größe\n");
    await command.write("end\n");
    expect((await command.exited).exitCode).toBe(4);
    expect(command.output.takeNew(1000).text).toBe("got end\n");
    await expect(command.write("more")).rejects.toMatchObject({ reason: "stdinClosed" });
  });

  test("refuses input when its stdin is closed, but takes Ctrl-C as a signal", async () => {
    const { sh } = processes();
    const command = sh("trap 'echo interrupted; exit 3' INT; echo ready; while :; do sleep 0.05; done");
    await saw(command, "ready");
    await expect(command.write("x")).rejects.toMatchObject({ reason: "stdinClosed" });
    await command.write("\u0003");
    expect((await command.exited).exitCode).toBe(3);
    expect(command.output.snapshot(1000).text).toContain("interrupted");
  });

  test("that does not read its input does not hold up who writes, up to a bound", async () => {
    const { sh } = processes();
    const command = sh("sleep 1000", { stdin: "open" });
    await command.write("x".repeat(2 * 1024 * 1024));
    await expect(command.write("more")).rejects.toMatchObject({ reason: "stdinFull" });
  });

  test("decodes invalid UTF-8 and keeps control characters", async () => {
    const { sh } = processes();
    const command = sh(String.raw`printf 'a\377b\000\033[31mc\342\202'`);
    await command.exited;
    expect(command.output.snapshot(1000).text).toBe("a\ufffdb\u0000\u001b[31mc\ufffd");
  });

  test("settles soon after it ended although a process in the background holds its output", async () => {
    const { sh } = processes();
    const command = sh("sleep 1000 & echo $!");
    const exit = await command.exited;
    expect(exit.exitCode).toBe(0);
    const pid = Number(command.output.snapshot(100).text);
    expect(process.kill(pid, 0)).toBe(true);
    await command.kill();
    await expect.poll(() => isGone(pid)).toBe(true);
  });
});

describe("ending a process", () => {
  test("lets the whole group clean up on SIGTERM", async () => {
    const { sh } = processes();
    const command = sh(
      "(trap 'sleep 0.3; echo child done; exit' TERM; echo ready; while :; do sleep 0.05; done) & wait",
    );
    await saw(command, "ready");
    const below = descendants(command.pid);
    expect(below.length).toBeGreaterThan(0);
    await command.kill();
    expect(command.exit).toMatchObject({ signal: "SIGTERM" });
    expect(below.some(isRunning)).toBe(false);
  });

  test("kills what ignores SIGTERM, grandchildren and those that left the group too", async () => {
    const { sh } = processes();
    const command = sh(
      "trap '' TERM; (sleep 1000 & sleep 1000) & setsid sleep 1000 & sleep 0.1; echo ready; while :; do sleep 1; done",
    );
    await saw(command, "ready");
    const below = descendants(command.pid);
    expect(below.length).toBeGreaterThanOrEqual(4);
    await Promise.all([command.kill(), command.kill()]);
    expect(command.exit).toMatchObject({ signal: "SIGKILL" });
    await expect.poll(() => below.some(isRunning)).toBe(false);
  });

  test("is safe after its end", async () => {
    const { sh } = processes();
    const command = sh("true");
    await command.exited;
    await command.kill();
    expect(command.exit?.exitCode).toBe(0);
  });
});

describe("the processes of a server", () => {
  test("are found by their session, running or just ended", async () => {
    const { all, sh } = processes();
    const command = sh("sleep 1000");
    expect(all.get(command.sessionId)).toBe(command);
    expect(all.list()).toEqual([command]);
    await command.kill();
    expect(all.get(command.sessionId)).toBe(command);
    expect(all.list()).toEqual([]);
    expect(all.get(1)).toBeNull();
  });

  test("all end with the server, with what they left in the background; nothing starts afterwards", async () => {
    const { all, sh } = processes();
    const running = sh("sleep 1000 & wait");
    const left = sh("sleep 1000 & echo $!");
    await left.exited;
    const pid = Number(left.output.snapshot(100).text);
    await all.closeAll();
    expect(running.exit).not.toBeNull();
    await expect.poll(() => isGone(pid)).toBe(true);
    expect(() => sh("true")).toThrow("shutting down");
    await all.closeAll();
  });

  test("a missing folder or program is told, and the clean-up is done all the same", async () => {
    const { all } = processes();
    let cleanups = 0;
    const command = (argv: readonly string[], cwd: string) => ({
      ...unconfined({ argv, cwd, env: {} }),
      cleanup: async () => void (cleanups += 1),
    });
    const options = { outputFile: null, stdin: "closed" } as const;
    expect(() => all.start(command(["/bin/true"], "/nowhere"), options)).toThrow("/nowhere does not exist");
    expect(() => all.start(command(["/nowhere/bin"], "/"), options)).toThrow("could not start /nowhere/bin");
    expect(cleanups).toBe(2);
    await all.start(command(["/bin/true"], "/"), options).exited;
    expect(cleanups).toBe(3);
  });

  test("a command line that no program can be given is told, and costs neither a pipe nor the clean-up", async () => {
    const { all } = processes();
    let cleanups = 0;
    const refused = (argv: readonly string[], stdin: "open" | "closed") => {
      const command = {
        ...unconfined({ argv, cwd: "/", env: {} }),
        cleanup: async () => void (cleanups += 1),
      };
      try {
        all.start(command, { outputFile: null, stdin });
        return null;
      } catch (error) {
        return error instanceof ExecError ? `${error.reason}: ${error.message}` : error;
      }
    };
    const tooLong =
      "notStarted: could not start the command: the command line is too long; write it to a file and run that";
    const hasNul = "notStarted: could not start the command: it contains a NUL character";
    expect(refused(["/bin/sh", "-c", `: ${"x".repeat(140_000)}`], "open")).toBe(tooLong);
    const before = openFiles();
    for (let i = 0; i < 12; i += 1) {
      expect(refused(["/bin/sh", "-c", `: ${"x".repeat(140_000)}`], "closed")).toBe(tooLong);
      expect(refused(["/bin/sh", "-c", "echo \0"], "open")).toBe(hasNul);
    }
    expect(cleanups).toBe(25);
    // The pool makes sixteen pipes at a time; what was taken is closed again.
    expect(openFiles()).toBeLessThan(before + 16);
    await all.closeAll();
  });

  test("there is a bound on how many run at once", () => {
    const { sh } = processes();
    for (let i = 0; i < 64; i += 1) sh("sleep 1000");
    expect(() => sh("true")).toThrow("64 commands are still running");
  });
});

describe("a flood of output", () => {
  test("of 100 MB is kept whole on disk, bounded in memory, and does not block the server", async () => {
    const { sh } = processes();
    const file = `${temporaryFolder()}/outputs/call_1`;
    globalThis.gc?.();
    const before = process.memoryUsage.rss();
    let peak = before;
    let worstGapMs = 0;
    let lastTick = performance.now();
    const ticker = setInterval(() => {
      worstGapMs = Math.max(worstGapMs, performance.now() - lastTick);
      lastTick = performance.now();
      peak = Math.max(peak, process.memoryUsage.rss());
    }, 5);
    const command = sh("yes 0123456789 | head -c 100000000", { outputFile: file });
    const exit = await command.exited;
    clearInterval(ticker);
    expect(exit.exitCode).toBe(0);
    expect(command.output.totalBytes).toBe(100_000_000);
    expect(command.output.file).toBe(file);
    expect(statSync(file).size).toBe(100_000_000);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { text, totalLines } = command.output.snapshot(1024);
    expect(totalLines).toBe(Math.ceil(100_000_000 / 11));
    expect(text.startsWith("0123456789\n")).toBe(true);
    expect((peak - before) / 1e6).toBeLessThan(64);
    expect(worstGapMs).toBeLessThan(1000);
  });
});

const openFiles = () => (existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0);
const isGone = (pid: number) => startTicks(pid) === null;
