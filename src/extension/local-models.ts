import { invalidRequest } from "../protocol/errors.ts";
import type { LocalModels as LocalModelsState } from "../protocol/host.ts";
import type { LocalModelServer } from "../protocol/local-models.ts";
import type { ServerConnection } from "./ports.ts";

/** A model on this machine that the user chose. */
export interface LocalChoice {
  readonly provider: string;
  readonly model: string;
}

export interface LocalModelsPorts {
  /** New threads run with this from now on. */
  choose(choice: LocalChoice): Promise<void>;
  changed(): void;
}

export interface LocalModels {
  state(): LocalModelsState;
  /** Asks the server what runs on this machine; rejects with a server that is not ours and does not know the question. */
  look(connection: ServerConnection): Promise<readonly LocalModelServer[]>;
  /** The same once per window, for nobody who waits. Does not reject. */
  lookOnce(connection: ServerConnection): Promise<void>;
  /** Takes a model that was found; refuses any other, whoever asks. */
  use(choice: LocalChoice): Promise<void>;
}

/** What runs on this machine, and the way from there to the user's settings. Knows the protocol, not the editor. */
export function createLocalModels(ports: LocalModelsPorts): LocalModels {
  let servers: readonly LocalModelServer[] = [];
  let looking = 0;
  let hasLooked = false;

  const look = async (connection: ServerConnection): Promise<readonly LocalModelServer[]> => {
    if (!connection.isTurnwright) {
      throw invalidRequest(
        "Another app server is in use (turnwright.server.path). Set up its model with its own means.",
      );
    }
    hasLooked = true;
    looking += 1;
    ports.changed();
    try {
      servers = (await connection.request("turnwright/localModels/list", {})).data;
    } finally {
      looking -= 1;
      ports.changed();
    }
    return servers;
  };

  return {
    state: () => ({ isLooking: looking > 0, servers: [...servers] }),
    look,
    lookOnce: async (connection) => {
      if (!hasLooked) await look(connection).catch(() => undefined); // the panel goes on without an offer
    },
    use: async ({ provider, model }) => {
      const server = servers.find((candidate) => candidate.provider === provider && candidate.models.includes(model));
      if (server === undefined) throw invalidRequest("This model was not found on this machine. Look for it again.");
      if (server.access !== "usable") throw invalidRequest(`${server.name} cannot be used as it is.`);
      await ports.choose({ provider, model });
    },
  };
}
