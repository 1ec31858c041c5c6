import type { BenchClient } from "./client.ts";
import { runs, type Figure } from "./measure.ts";
import type { BenchModel } from "./model.ts";
import { initialize, inScene, startThread, startTurn } from "./scene.ts";

const warmUps = 3;

/**
 * Both ends of a turn: from `turn/start` as the client writes it to the request as it arrives at the model, whole; and from the last event
 * of the model's answer to `turn/completed` as the client reads it.
 */
export const turn = (): Promise<readonly Figure[]> =>
  inScene(async ({ model, withServer }) => {
    const first: number[] = [];
    for (let run = 0; run < runs; run++) {
      await withServer(async (client) => {
        await initialize(client);
        first.push((await measured(model, client, await startThread(client))).beganAfterMs);
      });
    }
    const begin: number[] = [];
    const end: number[] = [];
    await withServer(async (client) => {
      await initialize(client);
      const threadId = await startThread(client);
      for (let run = 0; run < warmUps + runs; run++) {
        const { beganAfterMs, endedAfterMs } = await measured(model, client, threadId);
        if (run < warmUps) continue;
        begin.push(beganAfterMs);
        end.push(endedAfterMs);
      }
    });
    return [
      { name: "turn/start to the request at the model", unit: "ms", samples: begin, aim: { atMost: 4 } },
      { name: "  the same, first turn of a process", unit: "ms", samples: first, aim: null },
      { name: "last event of the answer to turn/completed", unit: "ms", samples: end, aim: { atMost: 1.5 } },
    ];
  });

async function measured(model: BenchModel, client: BenchClient, threadId: string) {
  const arrival = model.nextRequest();
  const lastEvent = model.nextLastEvent();
  const turn = startTurn(client, threadId, "talk");
  const arrivedAtMs = await arrival;
  const endedAtMs = await turn.ended("completed");
  return { beganAfterMs: arrivedAtMs - turn.sentAtMs, endedAfterMs: endedAtMs - (await lastEvent) };
}
