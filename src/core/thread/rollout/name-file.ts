import fs from "node:fs";
import { open } from "node:fs/promises";

/** Where the name of a thread stands for lists, which read the beginning of a rollout only: a cache of its last `thread_name` line. */
export const nameFile = (rollout: string): string => `${rollout}.name`;

const maxBytes = 4096;

/** Best effort: without it the thread is listed without its name until it is loaded again. */
export function keepName(rollout: string, name: string | null): void {
  const file = nameFile(rollout);
  try {
    if (name === null) return fs.rmSync(file, { force: true });
    const temporary = `${file}.new`;
    fs.writeFileSync(temporary, name, { mode: 0o600 });
    fs.renameSync(temporary, file);
  } catch {
    // The rollout has it.
  }
}

/** Null: the thread has no name. */
export async function readName(rollout: string): Promise<string | null> {
  const handle = await open(nameFile(rollout), "r").catch(() => null);
  if (handle === null) return null;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
    return buffer.toString("utf8", 0, bytesRead) || null;
  } catch {
    return null;
  } finally {
    await handle.close();
  }
}
