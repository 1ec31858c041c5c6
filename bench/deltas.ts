import { flood } from "./model.ts";
import { runs, type Figure } from "./measure.ts";
import { canReadUsage, cpuSecondsOf } from "./process-usage.ts";
import { initialize, inScene, startThread, startTurn } from "./scene.ts";

const method = "item/agentMessage/delta";

/**
 * A long answer in small deltas, from the model over HTTP through the app server over stdio to a client that parses every line. Time
 * counts from `turn/start` to `turn/completed`; CPU is that of the app server alone.
 */
export const deltas = (): Promise<readonly Figure[]> =>
  inScene(({ withServer }) =>
    withServer(async (client) => {
      await initialize(client);
      const rate: number[] = [];
      const cpu: number[] = [];
      for (let run = 0; run <= runs; run++) {
        const threadId = await startThread(client);
        const seen = client.count(method);
        const usedBefore = canReadUsage ? await cpuSecondsOf(client.pid) : 0;
        const turn = startTurn(client, threadId, "flood");
        const endedAtMs = await turn.ended("completed");
        const used = canReadUsage ? (await cpuSecondsOf(client.pid)) - usedBefore : 0;
        const arrived = client.count(method) - seen;
        if (arrived !== flood.deltas) throw new Error(`${arrived} of ${flood.deltas} deltas arrived`);
        // The first run warms up.
        if (run === 0) continue;
        rate.push((flood.deltas / (endedAtMs - turn.sentAtMs)) * 1000);
        cpu.push(used);
      }
      const name = `${flood.deltas.toLocaleString("en-US")} deltas to the client`;
      return [
        { name, unit: "/s", samples: rate, aim: { atLeast: 200_000 } },
        ...(canReadUsage ? [{ name: "  CPU of the server", unit: "s", samples: cpu, aim: { atMost: 0.6 } }] : []),
      ];
    }),
  );
