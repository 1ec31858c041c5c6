import { modelInfo } from "../src/core/model/catalogue.ts";
import type { ResponseItem } from "../src/core/model/types.ts";
import { createHistory, serializeItem, type History } from "../src/core/thread/history.ts";
import { assembleBody, requestParameters, type RequestFrame } from "../src/core/turn/request.ts";
import { median, runs, type Figure } from "./measure.ts";

const lengths = [10, 100, 1_000, 2_000] as const;
/** Requests that one sample is the median of. */
const batch = 20;
const itemBytes = 2_000;

const frame: RequestFrame = {
  model: "bench",
  info: modelInfo("bench", null),
  instructions: "You are a coding agent. ".repeat(200),
  toolChoice: "auto",
  toolsJson: JSON.stringify([{ type: "function", name: "exec_command", parameters: { type: "object" } }]),
  effort: null,
  summary: null,
  cacheKey: "bench",
};

const output = (n: number): ResponseItem => ({
  type: "function_call_output",
  call_id: `call_${n}`,
  output: "x".repeat(itemBytes - 60),
});

/**
 * CPU from the last tool output to the body of the next request, by length of the history: flat, since it costs only what is new. The lines that
 * record the output and the request are not in it: their cost depends on what they say, not on the history.
 */
export async function history(): Promise<readonly Figure[]> {
  for (const length of lengths) for (let run = 0; run < 3; run++) sample(length); // warms up
  const figures = lengths.map((length) => ({
    name: `request after ${length.toLocaleString("en-US")} items of 2 kB`,
    unit: "µs",
    samples: Array.from({ length: runs }, () => sample(length)),
    aim: null,
  }));
  const first = median(figures[0]?.samples ?? []);
  const ratios = figures.at(-1)?.samples.map((value) => value / first) ?? [];
  return [...figures, { name: "  longest against shortest", unit: "times", samples: ratios, aim: { atMost: 2 } }];
}

/** Median time in µs of some single requests: nothing here waits, so only what other processes take is not CPU. */
function sample(length: number): number {
  const histories = Array.from({ length: batch }, () => historyOf(length));
  const item = output(length);
  let bytes = 0;
  const times = histories.map((one) => {
    const startedAt = performance.now();
    one.append(serializeItem(item), false);
    const body = assembleBody({ ...frame, parameters: requestParameters(frame) }, one.chunks());
    const took = performance.now() - startedAt;
    for (const part of body) bytes += part.byteLength;
    return took * 1000;
  });
  if (bytes < batch * length * (itemBytes - 100)) throw new Error("items are missing in the body");
  return median(times);
}

function historyOf(length: number): History {
  const built = createHistory();
  const item = serializeItem(output(0));
  for (let n = 0; n < length; n++) built.append(item, false);
  return built;
}
