import path from "node:path";
import type { LoadedThread, ThreadOverrides } from "../../core/thread/threads.ts";
import { invalidRequest } from "../../protocol/errors.ts";
import type { ClientMethods, Params, ResultIn } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import { initializedClient, type InitializedClient } from "../connection.ts";
import type { HandlerContext } from "../server.ts";
import type { NumberedEvent } from "../sequences.ts";
import { forUser, onThread } from "../thread-errors.ts";
import { permissionProfileOf } from "../thread-settings.ts";
import { turnRequest } from "./thread-pages.ts";

/** What a thread runs with, for start, resume and fork. */
export const describe = (loaded: LoadedThread, client: InitializedClient): ResultIn<ClientMethods, "thread/start"> => {
  return {
    thread: loaded.thread,
    model: loaded.model,
    modelProvider: loaded.modelProvider,
    serviceTier: null,
    disabledPluginIds: [],
    cwd: loaded.cwd,
    runtimeWorkspaceRoots: [loaded.cwd],
    instructionSources: [...loaded.instructionSources],
    approvalPolicy: loaded.approvalPolicy,
    approvalsReviewer: "user",
    sandbox: loaded.sandbox,
    activePermissionProfile: permissionProfileOf(loaded.sandbox),
    reasoningEffort: loaded.reasoningEffort,
    multiAgentMode: "explicitRequestOnly",
    ...(client.turnwright.review ? { reviewEdits: loaded.reviewEdits } : {}),
  };
};

type Overrides = Params<ClientMethods, "thread/start" | "thread/resume" | "thread/fork">;

export const overridesOf = (params: Overrides): ThreadOverrides => {
  if (params.model === "") {
    throw invalidRequest("No models are available. Set `model` explicitly or check your model catalog configuration.");
  }
  return {
    model: params.model ?? undefined,
    modelProvider: params.modelProvider ?? undefined,
    cwd: absolute(params.cwd),
    approvalPolicy: params.approvalPolicy ?? undefined,
    sandbox: params.sandbox ?? undefined,
    config: params.config ?? undefined,
    baseInstructions: params.baseInstructions ?? undefined,
    developerInstructions: params.developerInstructions ?? undefined,
    reviewEdits: params.reviewEdits ?? undefined,
  };
};

/** The words are those of the protocol. */
export const absolute = (folder: string | null | undefined): string | undefined => {
  if (folder === null || folder === undefined) return undefined;
  if (path.isAbsolute(folder)) return folder;
  throw invalidRequest("Invalid request: AbsolutePathBuf deserialized without a base path");
};

/** What a client that counts is told with a view of a thread; from here on it can come back for what it misses. */
export const countFrom = (
  { sequences }: HandlerContext,
  client: InitializedClient,
  threadId: string,
): { readonly sequence?: number } => {
  if (!client.turnwright.sequence) return {};
  sequences.keep(threadId);
  return { sequence: sequences.last(threadId) };
};

type ThreadMethod = "thread/start" | "thread/resume" | "thread/read";

export const threadHandlers = (context: HandlerContext): Pick<Handlers<ClientMethods>, ThreadMethod> => ({
  "thread/start": async (params) => {
    const { connection } = context;
    const client = initializedClient(connection);
    const overrides = {
      ...overridesOf(params),
      ephemeral: params.ephemeral ?? undefined,
      hasRawEvents: params.experimentalRawEvents ?? undefined,
    };
    const threads = await context.threads();
    const loaded = await forUser(() => threads.start(overrides, client.originator));
    const { id } = loaded.thread;
    connection.subscriptions.add(id);
    return { ...describe(loaded, client), ...countFrom(context, client, id) };
  },

  "thread/resume": (params) => {
    const { connection, sequences } = context;
    const { threadId } = params;
    const client = initializedClient(connection);
    const afterSequence = params.afterSequence ?? null;
    if (afterSequence !== null && !client.turnwright.sequence) {
      throw invalidRequest("thread/resume.afterSequence requires the capability extensions.turnwright.sequence");
    }
    const overrides = overridesOf(params);
    const areAllTurnsWanted = params.excludeTurns !== true;
    const page = params.initialTurnsPage ? turnRequest({ ...params.initialTurnsPage, cursor: null }) : null;
    return connection.showing(threadId, async (hold) => {
      const at: { counted: { readonly sequence?: number }; missed: readonly NumberedEvent[] | null } = {
        counted: {},
        missed: null,
      };
      const onSnapshot = (): boolean => {
        hold();
        if (afterSequence !== null) at.missed = sequences.after(threadId, afterSequence);
        at.counted = countFrom(context, client, threadId);
        return at.missed === null;
      };
      const threads = await context.threads();
      const loaded = await onThread("resume", threadId, () =>
        threads.resume(threadId, overrides, client.originator, { onSnapshot, areAllTurnsWanted, page }),
      );
      connection.subscriptions.add(threadId);
      const { thread, again } = loaded;
      const { counted, missed } = at;
      // Ahead of all that waits: what was missed, or how things stood at the instant that the answer shows.
      connection.afterAnswer(() => {
        if (missed === null) connection.notify("thread/status/changed", { threadId, status: thread.status });
        for (const event of again) connection.show(event, null);
        for (const { event, sequence } of missed ?? []) connection.show(event, sequence);
      });
      return {
        ...describe(loaded, client),
        ...counted,
        ...(afterSequence === null ? {} : { isReplayed: missed !== null }),
        // Turns are not sent again, and an empty page would say that there are none.
        initialTurnsPage:
          loaded.page === null || missed !== null ? null : { ...loaded.page, data: [...loaded.page.data] },
        turnsBackwardsCursor: loaded.turnsBackwardsCursor,
        itemsBackwardsCursor: loaded.itemsBackwardsCursor,
      };
    });
  },

  "thread/read": async ({ threadId, includeTurns }) => {
    const threads = await context.threads();
    const options = { includeTurns: includeTurns ?? false };
    return { thread: await onThread("read", threadId, () => threads.read(threadId, options)), readState: null };
  },
});
