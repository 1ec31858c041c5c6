import { setTimeout as pause } from "node:timers/promises";
import type { BenchClient } from "./client.ts";
import { median, runs, type Figure } from "./measure.ts";
import type { BenchModel } from "./model.ts";
import { canReadUsage, rssMibOf } from "./process-usage.ts";
import { initialize, inScene, startThread, startTurn } from "./scene.ts";

/** Loaded threads after which is measured. */
const few = 100;
const many = 1000;
const warmUps = 3;
/** What a turn leaves to do in the background is over by then. */
const settleMs = 1000;

/**
 * What threads cost that are loaded and have nothing to do: memory for each, and what a turn in one of them takes when it is alone and when
 * there are many. Each thread has had one turn; what those left to be collected counts, so the memory is an upper bound.
 */
export async function threads(): Promise<readonly Figure[]> {
  if (!canReadUsage) {
    console.log("threads: left out, since only Linux tells the memory of another process");
    return [];
  }
  return inScene(({ model, withServer }) =>
    withServer(async (client) => {
      await initialize(client);
      const first = await startThread(client);
      const alone = await turnsIn(model, client, first);
      let loaded = 1;
      const growTo = async (count: number): Promise<number> => {
        for (; loaded < count; loaded++) {
          await startTurn(client, await startThread(client), "talk").ended("completed");
        }
        await pause(settleMs);
        return rssMibOf(client.pid);
      };
      const base = await growTo(1);
      const atFew = await growTo(few);
      const atMany = await growTo(many);
      const among = await turnsIn(model, client, first);
      const kib = (from: number, to: number, count: number): number => ((to - from) * 1024) / count;
      return [
        { name: `memory per loaded thread, up to ${few}`, unit: "KiB", samples: [kib(base, atFew, few)], aim: null },
        {
          name: `memory per loaded thread, from ${few} to ${many}`,
          unit: "KiB",
          samples: [kib(atFew, atMany, many - few)],
          aim: null,
        },
        { name: "turn in the only loaded thread", unit: "ms", samples: alone, aim: null },
        {
          name: `turn with ${many} loaded threads`,
          unit: "ms",
          samples: among,
          aim: { atMost: 1.5 * median(alone) },
        },
      ];
    }),
  );
}

/** From `turn/start` to `turn/completed`, without what the model takes for its answer. */
async function turnsIn(model: BenchModel, client: BenchClient, threadId: string): Promise<number[]> {
  const samples: number[] = [];
  for (let run = 0; run < warmUps + runs; run++) {
    const arrival = model.nextRequest();
    const lastEvent = model.nextLastEvent();
    const turn = startTurn(client, threadId, "talk");
    const arrivedAtMs = await arrival;
    const endedAtMs = await turn.ended("completed");
    if (run >= warmUps) samples.push(arrivedAtMs - turn.sentAtMs + endedAtMs - (await lastEvent));
  }
  return samples;
}
