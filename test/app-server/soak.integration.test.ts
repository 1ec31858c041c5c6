import { beforeAll, expect, onTestFinished, test } from "vitest";
import { answer, functionCall, message } from "../../src/demo/script.ts";
import { startResponsesServer } from "../../src/demo/server.ts";
import { builtCli, startCliServer, type CliServer } from "../helpers/cli.ts";
import { collectsOnSignal } from "../helpers/collector.ts";

const threads = 8;
const turns = 50;
const words = "All is well, and so it goes on. ".repeat(20);
const plan = [{ step: "go on", status: "in_progress" }];

beforeAll(async () => {
  await builtCli();
});

async function residentOf(server: CliServer): Promise<number> {
  const told = (): RegExpMatchArray[] => [...server.stderr().matchAll(/resident (\d+);/gu)];
  const before = told().length;
  server.child.kill("SIGUSR2");
  while (told().length === before) {
    await new Promise((resolve) => server.child.stderr.once("data", () => setImmediate(resolve)));
  }
  return Number(told().at(-1)?.[1]);
}

test.skipIf(process.platform === "win32")(
  `after ${turns} turns in each of ${threads} threads the server holds little more than after a tenth of them`,
  { timeout: 300_000 },
  async () => {
    const model = await startResponsesServer({
      respond: ({ exchanges }) =>
        exchanges.length === 0 ? answer(functionCall("update_plan", { plan })) : answer(message(words)),
    });
    onTestFinished(() => model.close());
    await using server = await startCliServer({
      config: `model = "m"\nmodel_provider = "mock"\n[model_providers.mock]\nbase_url = "${model.url}"\n`,
      env: { NODE_OPTIONS: collectsOnSignal },
    });
    await server.request("initialize", { clientInfo: { name: "probe", version: "1" } });
    server.send({ method: "initialized" });
    const ids = await Promise.all(
      Array.from({ length: threads }, async () => {
        const { result } = await server.request("thread/start", { cwd: server.home });
        return (result as { thread: { id: string } }).thread.id;
      }),
    );
    const play = (count: number) =>
      Promise.all(
        ids.map(async (threadId) => {
          for (let turn = 0; turn < count; turn++) {
            const started = await server.request("turn/start", { threadId, input: [{ type: "text", text: "on" }] });
            const { id } = (started as { result: { turn: { id: string } } }).result.turn;
            const ended = await server.until(
              ({ method, params }) =>
                method === "turn/completed" && (params as { turn: { id: string } }).turn.id === id,
            );
            expect(ended).toMatchObject({ params: { turn: { status: "completed" } } });
          }
        }),
      );
    await play(turns / 10);
    const early = await residentOf(server);
    await play(turns - turns / 10);
    const late = await residentOf(server);
    expect(late / early).toBeLessThan(1.15);
  },
);
