import { setTimeout as pause } from "node:timers/promises";
import { runs, type Figure } from "./measure.ts";
import { canReadUsage, rssMibOf } from "./process-usage.ts";
import { initialize, inScene, startThread } from "./scene.ts";

/** What starts in the background (the user's environment, a warm connection) is over by then. */
const settleMs = 1000;

/** Resident memory of a server that has a thread and nothing to do. */
export async function memory(): Promise<readonly Figure[]> {
  if (!canReadUsage) {
    console.log("memory: left out, since only Linux tells the memory of another process");
    return [];
  }
  return inScene(async ({ withServer }) => {
    const samples: number[] = [];
    for (let run = 0; run < runs; run++) {
      await withServer(async (client) => {
        await initialize(client);
        await startThread(client);
        await pause(settleMs);
        samples.push(await rssMibOf(client.pid));
      });
    }
    return [{ name: "memory, idle with one thread", unit: "MiB", samples, aim: { atMost: 70 } }];
  });
}
