import * as z from "zod";
import type { EditorState } from "../protocol/editor-state.ts";
import { errorCodes, invalidRequest, RpcError } from "../protocol/errors.ts";
import type { SkillMention } from "../protocol/completions.ts";
import { Mode } from "../protocol/host.ts";
import type { ClientMethods, Result, ServerNotification } from "../protocol/methods.ts";
import { maxInputChars } from "../protocol/settings.ts";
import { allowedModes, effectiveMode, threadOverrides, turnOverrides } from "./modes.ts";
import type { ModeContext } from "./modes.ts";
import type { Server, ServerConnection, Store, Workplace } from "./ports.ts";
import { isElsewhere, newestAlone, type Resumed, type WantedTurns, withPage } from "./resumed.ts";
import { noWorkspaceWrite, workspaceWriteOf } from "./workspace-write.ts";

export interface SessionPorts {
  readonly server: Server;
  readonly store: Store;
  readonly workplace: Workplace;
  defaultMode(): Mode;
  /** What the user has before them in the editor. */
  editor(): EditorState;
  /** `turnwright.model`; null: the server's default. */
  configuredModel(): string | null;
  /** Asks by modal whether Full access is meant. Called once per window at most. */
  confirmFullAccess(): Promise<boolean>;
  changed(): void;
}

/** What the session adds to the state that the panel shows. */
export interface SessionState {
  readonly threadId: string | null;
  readonly mode: Mode;
  readonly modes: Mode[];
  readonly model: string | null;
  readonly modelProvider: string | null;
  readonly models: { id: string; displayName: string }[];
  /** Something the user has to know about the thread or the server; gone with the next message. */
  readonly notice: string | null;
}

type ThreadSettings = Result<ClientMethods, "thread/start">;

export type Session = ReturnType<typeof createSession>;

/** The window's one conversation: which thread, in which mode, with which model. Knows the protocol, not the editor. */
export function createSession(ports: SessionPorts) {
  const { server, store, workplace } = ports;
  let threadId = z
    .string()
    .nullable()
    .catch(null)
    .parse(store.get("threadId") ?? null);
  /** The connection on which the thread is loaded; a new server has to resume it first. */
  let loadedOn: ServerConnection | null = null;
  /** What was asked of a connection about itself; done when it has answered. */
  let learnt: { readonly of: ServerConnection; readonly done: Promise<void> } | null = null;
  let activeTurnId: string | null = null;
  let wish: Mode = Mode.catch(ports.defaultMode()).parse(store.get("mode"));
  let hasConfirmedFullAccess = false;
  let chosenModel = z
    .string()
    .nullable()
    .catch(null)
    .parse(store.get("model") ?? null);
  let settings: { readonly model: string; readonly modelProvider: string } | null = null;
  let configuredProvider: string | null = null;
  let models: SessionState["models"] = [];
  /** What a new thread will run with when nobody chose. */
  let defaultModel: string | null = null;
  let workspaceWrite = noWorkspaceWrite;
  let notice: string | null = null;
  /** Submissions run one after the other, so that two quick ones do not make two threads. */
  let tail: Promise<unknown> = Promise.resolve();

  const window = () => ({ isTrusted: workplace.isTrusted(), hasWorkspace: workplace.folders().length > 0 });
  const model = (): string | null => {
    // A model that was chosen from another provider's list means nothing to this one.
    const isOffered = chosenModel !== null && (models.length === 0 || models.some(({ id }) => id === chosenModel));
    return isOffered ? chosenModel : ports.configuredModel();
  };
  const modeContext = ({ isTurnwright }: ServerConnection): ModeContext => {
    const otherRoots = workplace
      .folders()
      .slice(1)
      .map(({ path }) => path);
    return {
      ...window(),
      isTurnwright,
      model: model() ?? settings?.model ?? null,
      workspaceWrite: {
        ...workspaceWrite,
        writableRoots: [...new Set([...workspaceWrite.writableRoots, ...otherRoots])],
      },
    };
  };
  const directory = async (): Promise<string> => workplace.folders()[0]?.path ?? (await workplace.emptyFolder());

  const setThread = (id: string | null): void => {
    threadId = id;
    store.set("threadId", id ?? undefined);
    activeTurnId = null;
    loadedOn = null;
    settings = null;
  };

  /** What a connection offers; asked once for each, and waited for by all: no turn starts without the user's own limits. */
  const learn = (connection: ServerConnection): Promise<void> => {
    if (learnt?.of !== connection) learnt = { of: connection, done: readOffer(connection) };
    return learnt.done;
  };
  /** Does not reject: without an answer the pickers stay short and nothing more is allowed. */
  const readOffer = async (connection: ServerConnection): Promise<void> => {
    const [listed, read] = await Promise.allSettled([
      connection.request("model/list", {}),
      directory().then((cwd) => connection.request("config/read", { cwd })),
    ]);
    if (listed.status === "fulfilled") {
      defaultModel = listed.value.data.find(({ isDefault }) => isDefault)?.model ?? null;
      models = listed.value.data.filter(({ hidden }) => !hidden).map(({ id, displayName }) => ({ id, displayName }));
    }
    if (read.status === "fulfilled") {
      const { config } = read.value;
      configuredProvider = z
        .string()
        .nullable()
        .catch(null)
        .parse(config["model_provider"] ?? null);
      workspaceWrite = workspaceWriteOf(config);
    }
    ports.changed();
  };

  const start = async (connection: ServerConnection): Promise<string> => {
    const started: ThreadSettings = await connection.request("thread/start", {
      cwd: await directory(),
      model: model(),
      ...threadOverrides(wish, modeContext(connection)),
    });
    setThread(started.thread.id);
    settings = started;
    loadedOn = connection;
    ports.changed();
    return started.thread.id;
  };

  const resume = async (connection: ServerConnection, id: string, wanted = newestAlone): Promise<Resumed> => {
    const answer = await connection.request("thread/resume", { threadId: id, ...wanted });
    const resumed = await withPage(connection, answer, wanted);
    if (id === threadId) {
      // What runs in another window's thread is not ours to stop.
      const isOurs = !isElsewhere(resumed);
      loadedOn = isOurs ? connection : null;
      settings = resumed;
      const turns = [...(resumed.initialTurnsPage?.data ?? []), ...resumed.thread.turns];
      const running = turns.find((turn) => turn.status === "inProgress")?.id ?? null;
      activeTurnId = isOurs ? running : null;
      ports.changed();
    }
    return resumed;
  };

  /** False when the server refuses everything, as it does with a configuration it cannot read: then no thread is gone. */
  const isHealthy = async (connection: ServerConnection): Promise<boolean> =>
    connection.request("config/read", { cwd: await directory() }).then(
      () => true,
      () => false,
    );

  /** The current thread, loaded on this connection; a new one when there is none or the old one cannot be had any more. */
  const ensureThread = async (connection: ServerConnection): Promise<string> => {
    if (threadId === null) return start(connection);
    if (loadedOn === connection) return threadId;
    try {
      const id = threadId;
      if (!isElsewhere(await resume(connection, id))) return id;
      const fresh = await start(connection);
      notice = "The earlier thread is open in another window. This is a new one.";
      return fresh;
    } catch (error) {
      if (!isGone(error)) throw error;
      const fresh = await start(connection); // fails for whatever else is wrong, and then the old thread is not given up
      notice = `The earlier thread could not be loaded: ${sentence(error.message)} This is a new one.`;
      return fresh;
    }
  };

  const sendTurn = async (
    text: string,
    skills: readonly SkillMention[],
  ): Promise<{ threadId: string; turnId: string }> => {
    const connection = await server.connect();
    await learn(connection);
    const id = await ensureThread(connection);
    const mentions = skills.map(({ name, path }) => ({ type: "skill" as const, name, path }));
    const input = [{ type: "text" as const, text }, ...mentions];
    // While a turn runs this steers it, and what the mode narrows holds for it at once.
    const { turn } = await connection.request("turn/start", {
      threadId: id,
      input,
      model: model(),
      // What lies open in a folder without trust is not told.
      ...(connection.isTurnwright && workplace.isTrusted() ? { editor: ports.editor() } : {}),
      ...turnOverrides(wish, modeContext(connection)),
    });
    if (threadId === id && !endedTurns.has(turn.id)) activeTurnId = turn.id;
    ports.changed();
    return { threadId: id, turnId: turn.id };
  };
  /** The current thread, loaded, and with no turn that runs; rejects with why it cannot be compacted now. */
  const compactable = async (): Promise<{ readonly connection: ServerConnection; readonly id: string }> => {
    if (threadId === null) throw invalidRequest("There is no conversation yet.");
    const connection = await server.connect();
    await learn(connection);
    const id = threadId;
    if (loadedOn !== connection && isElsewhere(await resume(connection, id))) {
      throw invalidRequest("The thread is open in another window. Compact it there.");
    }
    if (activeTurnId !== null) throw invalidRequest("Wait for the end of the turn, or stop it first.");
    return { connection, id };
  };
  /** A turn can end before the answer that names it is read. */
  const endedTurns = new Set<string>();

  return {
    state: (): SessionState => ({
      threadId,
      mode: effectiveMode(wish, window()),
      modes: allowedModes(window()),
      model: model() ?? settings?.model ?? defaultModel,
      modelProvider: settings?.modelProvider ?? configuredProvider,
      models,
      notice,
    }),

    /** Where the agent works: the first folder of the workspace. */
    directory,

    /** Sends a message: steers the running turn, or starts one, in a new thread where there is none. */
    submit: async (
      text: string,
      skills: readonly SkillMention[] = [],
    ): Promise<{ threadId: string; turnId: string }> => {
      if (text.trim() === "") throw invalidRequest("There is nothing to send.");
      if (text.length > maxInputChars) {
        throw invalidRequest(
          "The message is longer than a model can read. Put the text into a file and name the file.",
        );
      }
      const sent = tail.then(() => {
        notice = null;
        return sendTurn(text, skills);
      });
      tail = sent.catch(() => undefined); // its sender hears of it
      return sent;
    },

    /** Interrupts the running turn, also one whose start is under way. Without one, nothing happens. */
    stop: async (): Promise<void> => {
      await tail;
      if (threadId === null || activeTurnId === null || loadedOn === null) return;
      try {
        await loadedOn.request("turn/interrupt", { threadId, turnId: activeTurnId });
      } catch (error) {
        if (!isGone(error)) throw error; // else it ended by itself
      }
    },

    /** Whether the user is asked for wishes before the thread is compacted; another server takes none. Rejects with why it cannot be compacted now. */
    takesSummaryWishes: async (): Promise<boolean> => {
      await tail;
      return (await compactable()).connection.isTurnwright;
    },

    /** Makes the context of the current thread smaller. `wishes`: what the user wants of the summary; null: nothing, or the server is another one. */
    compact: (wishes: string | null): Promise<void> => {
      const compacted = tail.then(async () => {
        const { connection, id } = await compactable();
        const instructions = wishes === null || !connection.isTurnwright ? {} : { instructions: wishes };
        await connection.request("thread/compact/start", { threadId: id, ...instructions });
      });
      tail = compacted.catch(() => undefined); // its sender hears of it
      return compacted;
    },

    setMode: async (mode: Mode): Promise<void> => {
      if (!allowedModes(window()).includes(mode)) {
        throw invalidRequest("Only Plan mode is possible here: the agent may look, not change anything.");
      }
      if (mode === "full" && !hasConfirmedFullAccess) {
        hasConfirmedFullAccess = await ports.confirmFullAccess();
        if (!hasConfirmedFullAccess) return ports.changed();
      }
      wish = mode;
      // Full access is granted to a window, not for ever: the next one starts with the mode before.
      if (mode !== "full") store.set("mode", mode);
      ports.changed();
    },

    setModel: (id: string): void => {
      if (!models.some((candidate) => candidate.id === id))
        throw invalidRequest("The server does not offer this model.");
      chosenModel = id;
      store.set("model", id);
      ports.changed();
    },

    /** What the picker chose holds no longer; the settings do. */
    forgetModel: (): void => {
      chosenModel = null;
      store.set("model", undefined);
    },

    /** The next message starts a new thread. A turn that runs in the old one has to be stopped before. */
    newThread: (): void => {
      setThread(null);
      notice = null;
      ports.changed();
    },

    /** `thread/resume` for a view, and the current thread's way back after a restart. */
    resume: async (id: string, wanted?: WantedTurns): Promise<Resumed> => {
      const connection = await server.connect();
      try {
        return await resume(connection, id, wanted);
      } catch (error) {
        // A message that was sent meanwhile may have begun a new thread, so the id is looked at last.
        if (isGone(error) && (await isHealthy(connection)) && id === threadId) {
          notice = `The earlier thread could not be loaded: ${sentence(error.message)} The next message starts a new one.`;
          setThread(null);
          ports.changed();
        }
        throw error;
      }
    },

    /** A server was started after the user was already working: says so, and brings the thread back. */
    reconnected: async (connection: ServerConnection): Promise<void> => {
      activeTurnId = null;
      await learn(connection);
      const restarted = "The server ended unexpectedly and was started again.";
      const lost = threadId;
      notice = restarted;
      ports.changed();
      if (lost === null) return;
      try {
        await resume(connection, lost);
        notice = `${restarted} The thread is back; what was running then has stopped.`;
      } catch (error) {
        if (!isGone(error) || !(await isHealthy(connection))) throw error;
        if (lost !== threadId) return;
        setThread(null);
        notice = `${restarted} The thread did not come back: ${sentence(error.message)} The next message starts a new one.`;
      }
      ports.changed();
    },

    /** The server went away: nothing runs any more. */
    disconnected: (): void => {
      activeTurnId = null;
      ports.changed();
    },

    learn,

    /** Follows the running turn of the current thread. */
    observe: (notification: ServerNotification): void => {
      const { method, params } = notification;
      if (method === "turn/completed") {
        endedTurns.add(params.turn.id);
        if (endedTurns.size > 100) endedTurns.delete([...endedTurns][0] ?? "");
      }
      if (method !== "turn/started" && method !== "turn/completed") return;
      if (params.threadId !== threadId) return;
      if (method === "turn/started") activeTurnId = params.turn.id;
      else if (activeTurnId === params.turn.id) activeTurnId = null;
    },
  };
}

/** The server knows no such thread or turn: not a fault, the thing is over. */
/** Refused for what was asked; a thread that could only not be recorded is still there. Another server gives no reason. */
const isGone = (error: unknown): error is RpcError =>
  error instanceof RpcError && error.code === errorCodes.invalidRequest && !isReason(error.data, "notRecorded");

const isReason = (data: unknown, reason: string): boolean =>
  typeof data === "object" && data !== null && "reason" in data && data.reason === reason;

/** The server's words begin and end as it likes; here they stand between sentences of ours. */
const sentence = (words: string): string => words.trimEnd().replace(/\.?$/, ".");
