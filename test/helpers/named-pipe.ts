import { execFileSync } from "node:child_process";

const maker = "mkfifo";

/** Makes a named pipe, which nobody writes to: opening it for reading waits for ever. */
export function makeNamedPipe(path: string): void {
  execFileSync(maker, ["--", path]);
}
