import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { version } from "../app-server/version.ts";
import { isLocked } from "../core/thread/rollout/lock.ts";
import { closeWithinMs, type ServerSetting } from "./server-process.ts";

/** Where the servers of `--attach` have their sockets and logs, in the home. */
const folderName = "attach";
const patienceMs = 15_000;
const retryMs = 100;
/** A log that has grown beyond this is begun anew with the next server. */
const keepLogBytes = 1024 * 1024;

/**
 * `app-server --attach`: copies stdin and stdout to a server that runs by itself and outlives this pipe, the one of this window if it is
 * still there, else a new one. The server is told apart by the window, the folder, the overrides and the version of the program.
 */
export async function runAttach(window: string, setting: ServerSetting): Promise<number> {
  if (process.platform === "win32") return refuse("--attach is not available on Windows; start without it");
  const folder = path.join(setting.home, folderName);
  const id = createHash("sha256")
    .update(JSON.stringify([window, process.cwd(), setting.overrides]))
    .digest("hex")
    .slice(0, 16);
  const socketFile = path.join(folder, `${id}-${version}.sock`);
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.chmodSync(folder, 0o700);
    // Whatever is still open, an unread stdin for example, is of no use now.
    process.exit(await copy(await reach(socketFile, setting, () => tellOfOthers(folder, id))));
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const tell = (text: string): void => {
  process.stderr.write(`turnwright app-server: ${text}\n`);
};
const refuse = (reason: string): number => {
  tell(reason);
  return 1;
};

/** Says that a server of another version is alive, which this one cannot speak for. */
function tellOfOthers(folder: string, id: string): void {
  for (const name of fs.readdirSync(folder)) {
    const socket = name.startsWith(`${id}-`) && name.endsWith(".sock.lock") ? name.slice(0, -".lock".length) : null;
    const other = socket?.slice(id.length + 1, -".sock".length);
    if (socket === null || other === version || !isLocked(path.join(folder, socket))) continue;
    tell(`a server of version ${other ?? ""} still runs for this window, and ends by itself; starting ${version}`);
  }
}

/** A connection to the server at `socketFile`, which is started if need be; of those who start one at once, one does. */
async function reach(socketFile: string, setting: ServerSetting, onStart: () => void): Promise<net.Socket> {
  const deadline = performance.now() + patienceMs;
  let isFirst = true;
  for (;;) {
    const socket = await connect(socketFile);
    if (socket !== null) return socket;
    if (isFirst) onStart();
    isFirst = false;
    if (performance.now() > deadline) throw new Error(`the server at ${socketFile} neither answers nor ends`);
    // Taken: it is about to listen, or about to end.
    if ((await start(socketFile, setting)) === "taken") await delay(retryMs);
  }
}

/** Null: nobody listens. */
const connect = (socketFile: string): Promise<net.Socket | null> =>
  new Promise((resolve) => {
    const socket = net.connect({ path: socketFile, allowHalfOpen: true });
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => resolve(null));
  });

/** Starts a server that does not end with this process. Rejects with its words when it could not. */
async function start(socketFile: string, { overrides }: ServerSetting): Promise<"listening" | "taken"> {
  const log = openLog(`${socketFile}.log`);
  const program = [...process.execArgv, process.argv[1] ?? "", "app-server", "--attached", socketFile];
  const child = spawn(process.execPath, [...program, ...overrides.flatMap((override) => ["-c", override])], {
    detached: true,
    stdio: ["ignore", "pipe", log],
  });
  fs.closeSync(log);
  child.unref();
  const said = await new Promise<string>((resolve, reject) => {
    let text = "";
    const done = (): void => {
      resolve(text.trim());
      child.stdout?.destroy();
    };
    child.once("error", reject);
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\n")) done();
    });
    child.stdout?.once("close", done);
  });
  if (said === "listening" || said === "taken") return said;
  throw new Error(`the server did not start: ${said === "" ? `its log is ${socketFile}.log` : said}`);
}

function openLog(file: string): number {
  const log = fs.openSync(file, "a", 0o600);
  if (fs.fstatSync(log).size > keepLogBytes) fs.ftruncateSync(log);
  return log;
}

/** Copies until the server has sent its last word, which it does soon after stdin has ended. */
function copy(socket: net.Socket): Promise<number> {
  const { stdin, stdout } = process;
  return new Promise((resolve) => {
    let hasEnded = false;
    const ended = (): void => {
      hasEnded = true;
      setTimeout(() => resolve(0), closeWithinMs);
    };
    stdin.once("end", ended);
    socket.once("error", () => undefined); // said by its end
    // Its last word has been read; this side may still be open.
    socket.once("end", () => socket.destroy());
    socket.once("close", () => {
      if (!hasEnded) tell("the server ended");
      stdout.write("", () => resolve(hasEnded ? 0 : 1));
    });
    stdout.once("error", () => {
      ended(); // the client is gone
      resolve(0);
    });
    stdin.pipe(socket);
    socket.pipe(stdout);
  });
}
