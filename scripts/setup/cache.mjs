// Where downloads live, and how two set-ups at once, or one that was cut off, stay harmless: a folder counts only
// when its stamp, written last, is there, and it is filled under a lock that its holder keeps fresh.
import { mkdir, open, rm, stat, utimes, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The checkout. (The first versions of Node 20 have no `import.meta.dirname`.) */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

/** The folder for everything that is fetched. Nothing outside it and node_modules is written by the set-up. */
export const cache = path.resolve(process.env.TURNWRIGHT_CACHE ?? path.join(homedir(), ".cache", "turnwright"));

const heartbeatMs = 2_000;
const staleMs = 30_000;
const stampName = ".complete";

/** @param {string} name */
export const cached = (name) => path.join(cache, name);

/** @param {string} name */
export const isComplete = (name) => existsSync(path.join(cached(name), stampName));

/**
 * Fills the folder `name` of the cache once. Returns its path. A folder without a stamp is the rest of an attempt that
 * was cut off: it is removed and filled again.
 * @param {string} name
 * @param {(folder: string) => Promise<void>} fill
 */
export async function fillOnce(name, fill) {
  const folder = cached(name);
  if (isComplete(name)) return folder;
  await withLock(name, async () => {
    if (isComplete(name)) return;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await fill(folder);
    await writeFile(path.join(folder, stampName), `${new Date().toISOString()}\n`);
  });
  return folder;
}

/**
 * Runs `work` while no other process runs under the same name. A holder that died is noticed by its silence.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(name, work) {
  await mkdir(cache, { recursive: true });
  const file = cached(`${name}.lock`);
  const release = await acquire(file);
  try {
    return await work();
  } finally {
    await release();
  }
}

/** @param {string} file */
async function acquire(file) {
  for (let said = false; ; await delay(500)) {
    const handle = await open(file, "wx").catch((error) => {
      if (error.code === "EEXIST") return undefined;
      throw error;
    });
    if (handle) {
      await handle.writeFile(`${process.pid}\n`);
      await handle.close();
      const heartbeat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), heartbeatMs);
      heartbeat.unref();
      return async () => {
        clearInterval(heartbeat);
        await rm(file, { force: true });
      };
    }
    const seen = await stat(file).catch(() => undefined);
    if (seen && Date.now() - seen.mtimeMs > staleMs) await rm(file, { force: true });
    else if (!said) {
      said = true;
      console.log(`Waiting for another set-up that is at work (${file}) ...`);
    }
  }
}
