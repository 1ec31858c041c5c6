import { randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/**
 * One writer per rollout: a file beside it, made by O_EXCL, names the process that has the thread open. The start time tells a process from a
 * later one with the same id, the boot id from one before a restart; a lock whose owner is gone is taken over.
 */
export interface RolloutLock {
  /** Safe to call twice. */
  release(): void;
}

export type LockAttempt =
  | { readonly kind: "locked"; readonly lock: RolloutLock }
  /** `pid`: who has it; null while the lock is being written. */
  | { readonly kind: "held"; readonly pid: number | null };

interface Owner {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process; null where the system does not tell. */
  readonly startTicks: string | null;
  readonly bootId: string | null;
  /** Made anew by each process, so that our own id in an old lock is no mistake for us. */
  readonly token: string;
}

const token = randomUUID();
/** A lock without content is being written, for no longer than this. */
const writingMs = 1000;
const pollMs = 50;

const lockFile = (rollout: string): string => `${rollout}.lock`;

/** Takes the lock, or says who has it. @throws the file system's error when the folder cannot be written */
export function tryLock(rollout: string): LockAttempt {
  const file = lockFile(rollout);
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (create(file)) return { kind: "locked", lock: createLock(file) };
    const state = stateOf(file);
    if (state.kind === "held") return state;
    if (state.kind === "dead" && takeOver(file)) return { kind: "locked", lock: createLock(file) };
  }
  return { kind: "held", pid: null };
}

/** As {@link tryLock}, with patience for an owner that is just ending. */
export async function waitForLock(rollout: string, patienceMs: number): Promise<LockAttempt> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const attempt = tryLock(rollout);
    if (attempt.kind === "locked" || performance.now() >= end) return attempt;
    await delay(pollMs);
  }
}

/** True while a living process, ours or another, has the rollout open for writing. */
export const isLocked = (rollout: string): boolean => stateOf(lockFile(rollout)).kind === "held";

function create(file: string): boolean {
  let fd: number;
  try {
    fd = fs.openSync(file, "wx", 0o600);
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
  const owner: Owner = {
    pid: process.pid,
    startTicks: statOf(process.pid)?.startTicks ?? null,
    bootId: bootId(),
    token,
  };
  try {
    fs.writeSync(fd, JSON.stringify(owner));
  } catch (error) {
    fs.rmSync(file, { force: true });
    throw error;
  } finally {
    fs.closeSync(fd);
  }
  return true;
}

type LockState =
  | { readonly kind: "absent" }
  /** Its owner is gone, or was before it had named itself. */
  | { readonly kind: "dead" }
  | { readonly kind: "held"; readonly pid: number | null };

function stateOf(file: string): LockState {
  let text: string;
  let writtenAtMs: number;
  try {
    text = fs.readFileSync(file, "utf8");
    writtenAtMs = fs.statSync(file).mtimeMs;
  } catch (error) {
    if (isCode(error, "ENOENT")) return { kind: "absent" };
    throw error;
  }
  const owner = parseOwner(text);
  if (owner !== null) return isAlive(owner) ? { kind: "held", pid: owner.pid } : { kind: "dead" };
  return Math.abs(Date.now() - writtenAtMs) < writingMs ? { kind: "held", pid: null } : { kind: "dead" };
}

/** Two who find the same dead lock must not remove each other's new one: replacing it has a lock of its own, held for a moment. */
function takeOver(file: string): boolean {
  const guard = `${file}.takeover`;
  if (!create(guard)) {
    if (stateOf(guard).kind === "dead") fs.rmSync(guard, { force: true });
    return false;
  }
  try {
    if (stateOf(file).kind !== "dead") return false;
    fs.rmSync(file, { force: true });
    return create(file);
  } finally {
    fs.rmSync(guard, { force: true });
  }
}

function createLock(file: string): RolloutLock {
  let isHeld = true;
  return {
    release() {
      // A second call must not release what the process has taken again meanwhile.
      if (!isHeld) return;
      isHeld = false;
      try {
        if (parseOwner(fs.readFileSync(file, "utf8"))?.token === token) fs.rmSync(file, { force: true });
      } catch {
        // A lock that stays is taken over once this process has ended.
      }
    },
  };
}

function isAlive(owner: Owner): boolean {
  if (owner.pid === process.pid) return owner.token === token;
  const boot = bootId();
  if (owner.bootId !== null && boot !== null && owner.bootId !== boot) return false;
  if (statOf(process.pid) === null) return isRunning(owner.pid);
  const stat = statOf(owner.pid);
  if (stat === null || stat.state === "Z" || stat.state === "X") return false;
  return owner.startTicks === null || owner.startTicks === stat.startTicks;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

/** State and start time (fields 3 and 22 of proc(5) stat; the second field may hold anything, brackets too). */
function statOf(pid: number): { readonly state: string; readonly startTicks: string } | null {
  const text = readOrNull(`/proc/${pid}/stat`);
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, startTicks] = [fields?.[0], fields?.[19]];
  return state === undefined || startTicks === undefined ? null : { state, startTicks };
}

const bootId = (): string | null => readOrNull("/proc/sys/kernel/random/boot_id")?.trim() ?? null;

function readOrNull(file: string): string | null {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return null; // not Linux, or the process has gone
  }
}

function parseOwner(text: string): Owner | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { pid, startTicks, bootId: boot, token: id } = value as Readonly<Record<keyof Owner, unknown>>;
  if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0 || typeof id !== "string") return null;
  return {
    pid,
    startTicks: typeof startTicks === "string" ? startTicks : null,
    bootId: typeof boot === "string" ? boot : null,
    token: id,
  };
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
