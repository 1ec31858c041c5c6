import { runs, type Figure } from "./measure.ts";
import { initialize, inScene, startThread, startTurn, type Scene } from "./scene.ts";

/** From `turn/interrupt` to `turn/completed` while a command runs, which is gone by then. */
export const interrupt = (): Promise<readonly Figure[]> =>
  inScene(async (scene) => [
    {
      name: "interrupt of a sandboxed command",
      unit: "ms",
      samples: await samplesOf(scene, "workspace-write"),
      aim: { atMost: 200 },
    },
    {
      name: "interrupt of a command without a sandbox",
      unit: "ms",
      samples: await samplesOf(scene, "danger-full-access"),
      aim: { atMost: 200 },
    },
  ]);

const samplesOf = ({ withServer }: Scene, sandbox: "workspace-write" | "danger-full-access"): Promise<number[]> =>
  withServer(async (client) => {
    await initialize(client);
    const threadId = await startThread(client, sandbox);
    const samples: number[] = [];
    // The first run looks for the sandbox's tools.
    for (let run = 0; run <= runs; run++) {
      const running = client.next("item/commandExecution/outputDelta");
      const turn = startTurn(client, threadId, "run");
      const turnId = await turn.id;
      // A turn that ends by itself could not start its command, and says why.
      await Promise.race([running, turn.ended("interrupted")]);
      const request = client.request("turn/interrupt", { threadId, turnId });
      const endedAtMs = await turn.ended("interrupted");
      await request.answer;
      if (run > 0) samples.push(endedAtMs - request.sentAtMs);
    }
    return samples;
  });
