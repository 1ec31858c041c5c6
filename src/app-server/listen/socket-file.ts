import fs from "node:fs";
import net, { type Server } from "node:net";
import path from "node:path";
import { tryLock } from "../../core/thread/rollout/lock.ts";

/** The path cannot be listened at. The message is for the user. */
export class SocketFileError extends Error {
  /** `taken`: another server is there. */
  readonly reason: "taken" | "unusable";
  constructor(reason: SocketFileError["reason"], message: string) {
    super(message);
    this.name = "SocketFileError";
    this.reason = reason;
  }
}

/** A path that is ours to listen at. */
export interface SocketFile {
  /** Listens there; only this user can connect. Rejects with the system's error. */
  listen(server: Server): Promise<void>;
  /** Gives the path up; the server that listened there removes the socket itself when it is closed. Safe to call twice. */
  release(): void;
}

/** sun_path of sockaddr_un, with its NUL: 108 bytes on Linux, 104 elsewhere. */
const mostPathBytes = process.platform === "linux" ? 107 : 103;

/**
 * Claims a path for a unix socket. Whoever listens holds a lock beside it for as long, so a socket without a living owner is known as such
 * and is taken over, by one of however many try at once. Folders on the way are made with mode 0700.
 * @throws SocketFileError
 */
export async function claimSocketFile(file: string): Promise<SocketFile> {
  if (process.platform === "win32") {
    throw new SocketFileError("unusable", "unix sockets are not available on Windows; listen at ws://127.0.0.1:PORT");
  }
  if (Buffer.byteLength(file) > mostPathBytes) {
    throw new SocketFileError(
      "unusable",
      `a socket's path may be ${mostPathBytes} bytes long, and this is longer: ${file}`,
    );
  }
  const attempt = lockIn(path.dirname(file), file);
  if (attempt.kind === "held") {
    const by = attempt.pid === null ? "" : ` (process ${attempt.pid})`;
    throw new SocketFileError("taken", `another server listens at ${file}${by}`);
  }
  const { lock } = attempt;
  try {
    await removeStale(file);
  } catch (error) {
    lock.release();
    throw error;
  }
  return {
    listen: (server) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.once("listening", () => {
          server.off("error", reject);
          resolve();
        });
        // The socket is made within this call; there is no moment in which others could connect.
        const mask = process.umask(0o177);
        try {
          server.listen(file);
        } finally {
          process.umask(mask);
        }
      }),
    release: () => lock.release(),
  };
}

function lockIn(folder: string, file: string): ReturnType<typeof tryLock> {
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = fs.statSync(folder);
    // Whoever may write there could put a socket of theirs in the place of ours.
    const isOthers = uid !== process.getuid?.() && uid !== 0;
    const isOpen = (mode & 0o022) !== 0 && (mode & 0o1000) === 0;
    if (isOthers || isOpen) {
      throw new SocketFileError("unusable", `others may write to ${folder}; use a folder of your own with mode 700`);
    }
    return tryLock(file);
  } catch (error) {
    if (error instanceof SocketFileError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SocketFileError("unusable", `the socket cannot be made: ${reason}`);
  }
}

/** Removes a socket that nobody listens at. */
async function removeStale(file: string): Promise<void> {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isSocket()) throw new SocketFileError("unusable", `${file} is there already and is no socket`);
  if (await answers(file)) throw new SocketFileError("taken", `another program listens at ${file}`);
  fs.rmSync(file, { force: true });
}

/** Whether anybody listens at a socket. */
export const answers = (file: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(file);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
