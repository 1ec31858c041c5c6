/**
 * The model of the benches: the scripted Responses API server in a process of its own, so that its work is not counted as ours.
 * The user's last words say what it does; see `answers`. Started by `startModel`, never by hand.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { answer, functionCall, message, type Answer } from "../src/demo/script.ts";
import { startResponsesServer } from "../src/demo/server.ts";
import { nowMs } from "./measure.ts";

/** How many deltas `flood` streams, and of how many characters. */
export const flood = { deltas: 100_000, size: 5 };

const answers: Readonly<Record<string, (onLastEvent: () => void) => Answer>> = {
  /** A short message, as a model would write it: the deltas come one by one. */
  talk: (onLastEvent) => ({
    ...answer(message("All is well. ".repeat(10))),
    pace: { deltaSize: 10, delayMs: 2 },
    usage: {
      // Asked for when the last event is about to be rendered and written, and at no other time.
      get outputTokens() {
        onLastEvent();
        return 40;
      },
    },
  }),
  flood: () => ({ kind: "flood", ...flood }),
  /** A command that says when it runs, and then runs on. */
  run: () => answer(functionCall("exec_command", { cmd: "echo runs; sleep 60", yield_time_ms: 30_000 })),
};

const Report = z.discriminatedUnion("type", [
  z.object({ type: z.literal("listening"), url: z.string() }),
  /** A request's body is here, whole. */
  z.object({ type: z.literal("request"), atMs: z.number() }),
  /** The last event of a `talk` was about to be written. */
  z.object({ type: z.literal("lastEvent"), atMs: z.number() }),
]);
type Report = z.infer<typeof Report>;

export interface BenchModel {
  /** Base URL for a provider. */
  readonly url: string;
  /** When the body of the next request will have arrived, Unix ms. */
  nextRequest(): Promise<number>;
  /** When the last event of the next `talk` will have been about to be written, Unix ms. */
  nextLastEvent(): Promise<number>;
  close(): void;
}

export async function startModel(): Promise<BenchModel> {
  const child = fork(fileURLToPath(import.meta.url), ["serve"]);
  const waiting: { readonly type: Report["type"]; readonly resolve: (report: Report) => void }[] = [];
  child.on("message", (raw) => {
    const report = Report.parse(raw);
    const at = waiting.findIndex(({ type }) => type === report.type);
    if (at !== -1) waiting.splice(at, 1)[0]?.resolve(report);
  });
  const next = (type: Report["type"]): Promise<Report> =>
    new Promise((resolve) => {
      waiting.push({ type, resolve });
    });
  const timeOf = (report: Report): number => ("atMs" in report ? report.atMs : Number.NaN);
  const listening = await next("listening");
  return {
    url: "url" in listening ? listening.url : "",
    nextRequest: () => next("request").then(timeOf),
    nextLastEvent: () => next("lastEvent").then(timeOf),
    close: () => child.disconnect(),
  };
}

async function serve(): Promise<void> {
  const report = (what: Report): void => {
    process.send?.(what);
  };
  let lastEventAtMs = 0;
  const server = await startResponsesServer({
    respond: ({ userTexts }) => {
      const words = userTexts.at(-1) ?? "";
      const play = answers[words];
      if (play === undefined) throw new Error(`no answer to ${words}`);
      return play(() => (lastEventAtMs = nowMs()));
    },
    onRequest: ({ receivedAtMs, ended }) => {
      report({ type: "request", atMs: receivedAtMs });
      // Told afterwards: telling takes time.
      void ended.then(() => report({ type: "lastEvent", atMs: lastEventAtMs }));
    },
  });
  report({ type: "listening", url: server.url });
  process.once("disconnect", () => void server.close());
}

if (process.argv[2] === "serve" && process.argv[1] === fileURLToPath(import.meta.url)) await serve();
