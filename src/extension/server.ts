import { errorCodes, RpcError } from "../protocol/errors.ts";
import type { Server, ServerConnection } from "./ports.ts";
import { recentCrashes, restartDelayMs } from "./restart-policy.ts";

/** One started server: a connection whose handshake is done, and how it ends. */
export interface RunningServer {
  readonly connection: ServerConnection;
  /** Resolves when the connection is of no use any more, with a sentence that says why. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

export interface ServerStatus {
  readonly status: "idle" | "starting" | "ready" | "restarting" | "stopped";
  readonly message: string | null;
}

export interface SupervisorPorts {
  /** Starts a process and shakes hands; rejects with a sentence for the user. */
  launch(): Promise<RunningServer>;
  now(): number;
  /** Calls back after `ms`, unless the returned function is called first. */
  later(ms: number, callback: () => void): () => void;
  statusChanged(status: ServerStatus): void;
  /** The server went away by itself. */
  lost(): void;
  /** It was started again after it had been lost. */
  recovered(connection: ServerConnection): void;
}

export interface Supervisor extends Server {
  status(): ServerStatus;
  /** Null while none is connected. */
  current(): ServerConnection | null;
  /** Ends what runs and starts afresh, with a clean count of crashes. Starts nothing that was never used. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

type Phase =
  | { readonly kind: "idle" }
  | { readonly kind: "starting"; readonly connection: Promise<ServerConnection> }
  | { readonly kind: "ready"; readonly running: RunningServer }
  | { readonly kind: "stopped"; readonly message: string }
  | { readonly kind: "disposed" };

/** Keeps one server alive: started at first use, started again after a crash with growing delays, given up when that does not help. */
export function superviseServer(ports: SupervisorPorts): Supervisor {
  let phase: Phase = { kind: "idle" };
  let status: ServerStatus = { status: "idle", message: null };
  let crashes: number[] = [];
  /** Counts deliberate ends, so that the end of an older server is not taken for a crash of a newer one. */
  let generation = 0;
  let cancelWait = (): void => undefined;

  const setStatus = (next: ServerStatus): void => {
    status = next;
    ports.statusChanged(next);
  };

  /** Tries until a server runs or the count of crashes says to stop. */
  const attempt = async (own: number): Promise<RunningServer> => {
    for (;;) {
      try {
        const running = await ports.launch();
        if (own === generation) return running;
        await running.close();
        throw ended();
      } catch (error) {
        if (own !== generation) throw ended();
        await waitAfterCrash(own, error instanceof Error ? error.message : String(error));
      }
    }
  };

  /** Resolves when it is time for the next try; rejects when there is none, or the wait was called off. */
  const waitAfterCrash = async (own: number, reason: string): Promise<void> => {
    crashes = recentCrashes([...crashes, ports.now()]);
    const delay = restartDelayMs(crashes.length);
    if (delay === null) {
      const message = `The server failed ${crashes.length} times within two minutes and is not started again. ${reason}`;
      phase = { kind: "stopped", message };
      setStatus({ status: "stopped", message });
      throw new RpcError(errorCodes.internal, message);
    }
    setStatus({ status: "restarting", message: `The server is started again. ${reason}` });
    await new Promise<void>((resolve) => {
      const cancel = ports.later(delay, resolve);
      cancelWait = () => {
        cancel();
        resolve();
      };
    });
    if (own !== generation) throw ended();
  };

  const begin = (reason: string | null): Promise<ServerConnection> => {
    const own = generation;
    const isRecovery = reason !== null;
    if (!isRecovery) setStatus({ status: "starting", message: null });
    const connection = (isRecovery ? waitAfterCrash(own, reason) : Promise.resolve())
      .then(() => attempt(own))
      .then((running) => {
        phase = { kind: "ready", running };
        setStatus({ status: "ready", message: null });
        void running.ended.then((why) => crashed(own, running, why)); // `ended` never rejects
        if (isRecovery) ports.recovered(running.connection);
        return running.connection;
      });
    phase = { kind: "starting", connection };
    connection.catch(() => undefined); // its callers hear of it; the status says it to everybody else
    return connection;
  };

  const crashed = (own: number, running: RunningServer, why: string): void => {
    if (own !== generation || phase.kind !== "ready" || phase.running !== running) return;
    ports.lost();
    void begin(why); // told by status
  };

  const end = async (next: Phase): Promise<void> => {
    const before = phase;
    generation += 1;
    crashes = [];
    phase = next;
    cancelWait();
    if (before.kind !== "ready") return;
    ports.lost();
    await before.running.close();
  };

  return {
    connect: async () => {
      switch (phase.kind) {
        case "idle":
          return begin(null);
        case "starting":
          return phase.connection;
        case "ready":
          return phase.running.connection;
        case "stopped":
          throw new RpcError(errorCodes.internal, phase.message);
        case "disposed":
          throw ended();
      }
    },
    status: () => status,
    current: () => (phase.kind === "ready" ? phase.running.connection : null),
    restart: async () => {
      const wasUsed = phase.kind !== "idle";
      await end({ kind: "idle" });
      if (wasUsed) await begin(null);
    },
    dispose: () => end({ kind: "disposed" }),
  };
}

const ended = (): RpcError => new RpcError(errorCodes.internal, "The server was stopped.");
