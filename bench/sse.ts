/**
 * 100,000 text deltas from a local HTTP server (another process) through the model client: wall time, rate and CPU time
 * of the reading process, median of 10. Run: node bench/sse.ts
 */
import { fork } from "node:child_process";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { createResponsesClient } from "../src/core/model/responses.ts";
import { resolveProvider } from "../src/core/model/provider.ts";

const deltas = 100_000;
const runs = 10;

function serve(): void {
  const event = (body: object): string => `data: ${JSON.stringify(body)}\n\n`;
  const one = (n: number): string =>
    `event: response.output_text.delta\n${event({
      type: "response.output_text.delta",
      sequence_number: n,
      item_id: "msg_0123456789abcdef0123456789abcdef",
      output_index: 0,
      content_index: 0,
      delta: " word",
      logprobs: [],
      obfuscation: "aB3dE5fG7h",
    })}`;
  const blocks: Buffer[] = [];
  for (let n = 0; n < deltas; n += 50)
    blocks.push(Buffer.from(Array.from({ length: 50 }, (_, i) => one(n + i)).join("")));
  const last = event({ type: "response.completed", response: { id: "resp_1", usage: null } });
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "text/event-stream" });
    let next = 0;
    const write = (): void => {
      while (next < blocks.length) {
        if (!response.write(blocks[next++])) {
          response.once("drain", write);
          return;
        }
      }
      response.end(last);
    };
    write();
  });
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    process.send?.(typeof address === "object" ? address?.port : undefined);
  });
}

async function measure(): Promise<void> {
  const server = fork(fileURLToPath(import.meta.url), ["serve"]);
  const port = await new Promise<number>((resolve) => {
    server.once("message", (message) => resolve(Number(message)));
  });
  const resolved = resolveProvider("bench", {
    providers: { bench: { base_url: `http://127.0.0.1:${port}/v1` } },
    env: {},
    demoBaseUrl: () => Promise.reject(new Error("no demo here")),
  });
  if (resolved.kind !== "found") throw new Error(resolved.message);
  const client = createResponsesClient({ provider: resolved.provider, key: () => Promise.resolve(null), env: {} });
  const request = { body: [Buffer.from("{}")], threadId: "bench", originator: "bench", userAgent: "bench" };

  const samples: { wall: number; cpu: number }[] = [];
  for (let run = 0; run <= runs; run++) {
    const before = { wall: performance.now(), cpu: process.cpuUsage() };
    let seen = 0;
    const outcome = await client.createResponse(request, () => (seen += 1), new AbortController().signal);
    if (outcome.kind !== "completed" || seen !== deltas) throw new Error(`${outcome.kind} after ${seen} deltas`);
    const cpu = process.cpuUsage(before.cpu);
    // The first run warms up.
    if (run > 0) samples.push({ wall: (performance.now() - before.wall) / 1000, cpu: (cpu.user + cpu.system) / 1e6 });
  }
  await client.close();
  server.kill();
  const wall = median(samples.map((sample) => sample.wall));
  const cpu = median(samples.map((sample) => sample.cpu));
  console.log(
    JSON.stringify({
      bench: "sse",
      deltas,
      wallS: Number(wall.toFixed(3)),
      cpuS: Number(cpu.toFixed(3)),
      deltasPerS: Math.round(deltas / wall),
    }),
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

if (process.argv[2] === "serve") serve();
else await measure();
