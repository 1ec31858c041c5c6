import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { collectsOnSignal } from "../test/helpers/collector.ts";
import type { BenchClient } from "./client.ts";
import type { Figure } from "./measure.ts";
import { canReadUsage, rssMibOf } from "./process-usage.ts";
import { initialize, inScene, startThread, type Scene } from "./scene.ts";

const threads = 8;
const turns = 50;
/** Four collections with pauses are over by then. */
const collectedAfterMs = 1_000;

/** What stays: memory after many turns. */
export const soak = (): Promise<readonly Figure[]> => inScene(async (scene) => (canReadUsage ? memory(scene) : []));

const memory = ({ withServer }: Scene): Promise<readonly Figure[]> =>
  withServer(
    async (client) => {
      await initialize(client);
      const ids: string[] = [];
      for (let n = 0; n < threads; n++) ids.push(await startThread(client));
      await playAll(client, ids, turns / 10);
      const early = await collectedRssMib(client);
      await playAll(client, ids, turns - turns / 10);
      const late = await collectedRssMib(client);
      const name = `memory after ${turns} turns in each of ${threads} threads`;
      return [
        { name, unit: "MiB", samples: [late], aim: null },
        { name: "  against that after a tenth of them", unit: "times", samples: [late / early], aim: { atMost: 1.15 } },
      ];
    },
    { NODE_OPTIONS: collectsOnSignal },
  );

async function collectedRssMib({ pid }: BenchClient): Promise<number> {
  process.kill(pid, "SIGUSR2");
  await pause(collectedAfterMs);
  return rssMibOf(pid);
}

/** Turns in all threads at once, one after the other in each. */
async function playAll(client: BenchClient, ids: readonly string[], count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    const aim = client.count("turn/completed") + ids.length;
    for (const threadId of ids)
      await client.request("turn/start", { threadId, input: [{ type: "text", text: "talk" }] }).answer;
    while (client.count("turn/completed") < aim) await client.next("turn/completed");
  }
}
