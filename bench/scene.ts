import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import * as z from "zod";
import { startServer, type BenchClient } from "./client.ts";
import { startModel, type BenchModel } from "./model.ts";

/** A model server, an empty workspace, and a home whose configuration points to that model. */
export interface Scene {
  readonly model: BenchModel;
  /** The state directory of its servers. */
  readonly home: string;
  /** Runs an app server that nobody said `initialize` to yet, as long as `use` takes. */
  readonly withServer: <T>(
    use: (client: BenchClient) => Promise<T>,
    env?: Readonly<Record<string, string>>,
  ) => Promise<T>;
}

/** Makes a scene for as long as `play` takes. */
export async function inScene<T>(play: (scene: Scene) => Promise<T>): Promise<T> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-bench-"));
  const home = path.join(folder, "home");
  const cwd = path.join(folder, "workspace");
  await fs.mkdir(home);
  await fs.mkdir(cwd);
  const model = await startModel();
  try {
    const provider = `[model_providers.bench]\nbase_url = "${model.url}"\n`;
    await fs.writeFile(path.join(home, "config.toml"), `model = "bench"\nmodel_provider = "bench"\n${provider}`);
    return await play({
      model,
      home,
      async withServer(use, env = {}) {
        const client = startServer({ cwd, home, env });
        try {
          return await use(client);
        } finally {
          await client.close();
        }
      },
    });
  } finally {
    model.close();
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** Resolves with the time of the answer, Unix ms. */
export async function initialize(client: BenchClient): Promise<number> {
  const { answer } = client.request("initialize", {
    clientInfo: { name: "bench", version: "1" },
    capabilities: { experimentalApi: true },
  });
  const { atMs } = await answer;
  client.notify("initialized", {});
  return atMs;
}

const Started = z.object({ thread: z.object({ id: z.string() }) });
const StartedTurn = z.object({ turn: z.object({ id: z.string() }) });
const EndedTurn = z.object({ turn: z.object({ status: z.string(), error: z.unknown() }) });

/** Starts a thread whose commands nobody is asked about; resolves with its id. */
export async function startThread(
  client: BenchClient,
  sandbox: "workspace-write" | "danger-full-access" = "workspace-write",
): Promise<string> {
  const { answer } = client.request("thread/start", { approvalPolicy: "never", sandbox });
  return Started.parse((await answer).result).thread.id;
}

export interface BenchTurn {
  readonly sentAtMs: number;
  readonly id: Promise<string>;
  /** When `turn/completed` was read, Unix ms. Rejects when the turn ended in another way. */
  ended(status: "completed" | "interrupted"): Promise<number>;
}

export function startTurn(client: BenchClient, threadId: string, words: string): BenchTurn {
  const completed = client.next("turn/completed");
  const { sentAtMs, answer } = client.request("turn/start", { threadId, input: [{ type: "text", text: words }] });
  return {
    sentAtMs,
    id: answer.then(({ result }) => StartedTurn.parse(result).turn.id),
    async ended(status) {
      const { atMs, params } = await completed;
      const { turn } = EndedTurn.parse(params);
      if (turn.status !== status) throw new Error(`the turn ended ${turn.status}: ${JSON.stringify(turn.error)}`);
      return atMs;
    },
  };
}
