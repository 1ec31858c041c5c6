import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isLocked, tryLock, waitForLock } from "../../../../src/core/thread/rollout/lock.ts";

const fixtures = path.join(import.meta.dirname, "../../../fixtures/thread");
const fixture = path.join(fixtures, "lock-rollout.ts");
const raceFixture = path.join(fixtures, "race-for-locks.ts");

async function rolloutPath(): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-lock-"));
  onTestFinished(() => fs.rm(folder, { recursive: true, force: true }));
  return path.join(folder, "rollout.jsonl");
}

/** Another process that tries to take the lock; `said` is what became of it. */
async function other(rollout: string) {
  const child = spawn(process.execPath, [fixture, rollout], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  const [said] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  return { child, exited, said: said.trim(), pid: child.pid };
}

/** Another process that takes what it can of these when it is told to, and says what. */
async function racer(rollouts: readonly string[]): Promise<() => Promise<string[]>> {
  const child = spawn(process.execPath, [raceFixture, ...rollouts], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout.setEncoding("utf8"), "data");
  return async () => {
    let said = "";
    child.stdout.on("data", (chunk: string) => (said += chunk));
    const complete = new Promise<void>((resolve) => {
      child.stdout.on("data", () => {
        if (said.endsWith("\n")) resolve();
      });
    });
    child.stdin.write("go");
    await complete;
    return JSON.parse(said) as string[];
  };
}

const left = async (rollout: string) => (await fs.readdir(path.dirname(rollout))).toSorted();

test("a rollout is locked once, and free again when the lock is released", async () => {
  const rollout = await rolloutPath();
  expect(isLocked(rollout)).toBe(false);
  const first = tryLock(rollout);
  expect(isLocked(rollout)).toBe(true);
  expect(tryLock(rollout)).toEqual({ kind: "held", pid: process.pid });
  if (first.kind === "locked") first.lock.release();
  expect(await left(rollout)).toEqual([]);
  const second = tryLock(rollout);
  expect(second.kind).toBe("locked");
  // Released a second time, the first lock does not take the second one away.
  if (first.kind === "locked") first.lock.release();
  expect(isLocked(rollout)).toBe(true);
});

test("a lock of another process is held while it lives, and waited for while it ends", async () => {
  const rollout = await rolloutPath();
  const { child, pid, said } = await other(rollout);
  expect(said).toBe("locked");
  expect(tryLock(rollout)).toEqual({ kind: "held", pid });
  expect(await waitForLock(rollout, 100)).toEqual({ kind: "held", pid });
  const waiting = waitForLock(rollout, 20_000);
  child.stdin.end();
  expect((await waiting).kind).toBe("locked");
});

test("a lock whose owner was killed is taken over", async () => {
  const rollout = await rolloutPath();
  const { child, exited } = await other(rollout);
  child.kill("SIGKILL");
  await exited;
  expect(await left(rollout)).toEqual(["rollout.jsonl.lock"]);
  expect(isLocked(rollout)).toBe(false);
  expect(tryLock(rollout).kind).toBe("locked");
  expect(await left(rollout)).toEqual(["rollout.jsonl.lock"]);
});

test("of several processes that find a dead lock at the same time, one takes it over", async () => {
  const rollout = await rolloutPath();
  const rounds = Array.from({ length: 400 }, (_, round) => `${rollout}.${round}`);
  const dead = JSON.stringify({ pid: 4_194_999, startTicks: "1", bootId: null, token: "x" });
  for (const path of rounds) await fs.writeFile(`${path}.lock`, dead);
  const racers = await Promise.all(Array.from({ length: 4 }, () => racer(rounds)));
  const taken = (await Promise.all(racers.map((race) => race()))).flat();
  expect(taken.toSorted()).toEqual(rounds.toSorted());
});

test("a lock is told from a later process with the same id, and from one before a restart", async () => {
  const rollout = await rolloutPath();
  const { child, exited } = await other(rollout);
  const file = `${rollout}.lock`;
  const owner = JSON.parse(await fs.readFile(file, "utf8")) as { startTicks: string | null; bootId: string | null };
  if (owner.startTicks === null) {
    process.stderr.write("left out: this system tells no start times of processes\n");
    return;
  }
  await fs.writeFile(file, JSON.stringify({ ...owner, startTicks: `${owner.startTicks}0` }));
  expect(isLocked(rollout)).toBe(false);
  await fs.writeFile(file, JSON.stringify({ ...owner, bootId: "another" }));
  expect(isLocked(rollout)).toBe(false);
  await fs.writeFile(file, JSON.stringify({ ...owner, startTicks: null, bootId: null }));
  expect(isLocked(rollout)).toBe(true);
  await fs.writeFile(file, JSON.stringify({ ...owner, pid: process.pid }));
  expect(isLocked(rollout)).toBe(false); // our own id, and not ours
  child.kill("SIGKILL");
  await exited;
});

test.for(["", "{", "[]", "null", '{"pid":-1,"token":"x"}', '{"pid":1}'])(
  "a lock that names nobody (%j) is being written, or was left in the middle of it",
  async (content) => {
    const rollout = await rolloutPath();
    await fs.writeFile(`${rollout}.lock`, content);
    expect(tryLock(rollout)).toEqual({ kind: "held", pid: null });
    await fs.utimes(`${rollout}.lock`, new Date(0), new Date(0));
    expect(tryLock(rollout).kind).toBe("locked");
  },
);
