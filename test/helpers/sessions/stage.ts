import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { spawnServer } from "../../../src/extension/server-process.ts";
import type { StreamAnswer } from "../../../src/demo/script.ts";
import type { Transport } from "../../../src/rpc/transport.ts";
import type { Travelled } from "../cli.ts";
import { responsesServer } from "../responses-server.ts";

/** What differs from run to run and is known beforehand. */
export interface Surroundings {
  /** The state directory. */
  readonly home: string;
  /** The workspace. */
  readonly cwd: string;
  /** URL of the model server. */
  readonly model: string;
}

/** A server of the command line as its users start it, with a model that has its answers. */
export interface Stage extends AsyncDisposable {
  readonly surroundings: Surroundings;
  readonly transport: Transport;
  /** Every message, both ways, in order; `out` is what the server sent. */
  readonly session: readonly Travelled[];
  /** Throws when answers of the model were left. */
  assertExhausted(): void;
}

export interface StageOptions {
  /** The command line's entry. */
  readonly cli: string;
  readonly answers: readonly StreamAnswer[];
}

export async function openStage({ cli, answers }: StageOptions): Promise<Stage> {
  // Not where links lead: paths are compared as they were given.
  const folder = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-stage-")));
  const model = await responsesServer(...answers);
  const surroundings = { home: path.join(folder, "home"), cwd: path.join(folder, "workspace"), model: model.url };
  await fs.mkdir(surroundings.home);
  await fs.mkdir(surroundings.cwd);
  const provider = `[model_providers.mock]\nname = "Mock"\nbase_url = "${model.url}"\n`;
  const config = `model = "mock-model"\nmodel_provider = "mock"\n${provider}`;
  await fs.writeFile(path.join(surroundings.home, "config.toml"), config);
  const log: string[] = [];
  const server = spawnServer(
    {
      command: process.execPath,
      args: [cli, "app-server"],
      env: { ...process.env, TURNWRIGHT_HOME: surroundings.home },
    },
    (line) => log.push(line),
  );
  const session: Travelled[] = [];
  return {
    surroundings,
    transport: recorded(server.transport, session),
    session,
    assertExhausted: () => model.assertExhausted(),
    async [Symbol.asyncDispose]() {
      await server.close();
      await model.close();
      await fs.rm(folder, { recursive: true, force: true });
    },
  };
}

const copy = (message: unknown): Travelled["message"] => JSON.parse(JSON.stringify(message)) as Travelled["message"];

/** Keeps what passes, as it travels. */
function recorded(transport: Transport, session: Travelled[]): Transport {
  return {
    listen(receiver) {
      transport.listen({
        message(value) {
          session.push({ direction: "out", message: copy(value) });
          receiver.message(value);
        },
        closed: (reason) => receiver.closed(reason),
      });
    },
    send(message) {
      session.push({ direction: "in", message: copy(message) });
      transport.send(message);
    },
    close: () => transport.close(),
  };
}
