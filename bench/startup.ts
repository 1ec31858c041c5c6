import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { nowMs, runs, type Figure } from "./measure.ts";
import { initialize, inScene } from "./scene.ts";

/** From the start of the process to the answer of `initialize`, which the client sends at once. */
export const startup = (): Promise<readonly Figure[]> =>
  inScene(async ({ withServer }) => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-bench-"));
    const echo = path.join(folder, "echo.cjs");
    await fs.writeFile(echo, "process.stdin.pipe(process.stdout);\n");
    const server: number[] = [];
    const least: number[] = [];
    // The first run fills the caches of the disk and of the compiler.
    for (let run = 0; run <= runs; run++) {
      const echoed = await timeOf(echo);
      const answered = await withServer(async (client) => (await initialize(client)) - client.spawnedAtMs);
      if (run === 0) continue;
      server.push(answered);
      least.push(echoed);
    }
    await fs.rm(folder, { recursive: true });
    return [
      { name: "process start to initialize answer", unit: "ms", samples: server, aim: { atMost: 45 } },
      { name: "  to compare: a Node program that only echoes", unit: "ms", samples: least, aim: null },
    ];
  });

/** What the runtime alone takes: from the start of a program that echoes to its first echo. */
async function timeOf(file: string): Promise<number> {
  const startedAtMs = nowMs();
  const child = spawn(process.execPath, [file], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.write("{}\n");
  await once(child.stdout, "data");
  const took = nowMs() - startedAtMs;
  child.stdin.end();
  await once(child, "exit");
  return took;
}
