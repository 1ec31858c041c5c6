import fs from "node:fs/promises";
import type { LiveThread } from "./live-thread.ts";
import type { LoadedThreads, ThreadLoad, ThreadsOptions } from "./loaded-threads.ts";
import { withModel } from "./provider-model.ts";
import { effectiveReview, settingsOfNewThread, withThreadOverrides } from "./settings.ts";
import { describeStored, type StoredThreads } from "./stored-threads.ts";
import { type ResumedThread, ThreadRequestError, type ThreadOverrides } from "./threads.ts";
import type { TurnPages, WantedTurns } from "./turn-pages.ts";

type AttachedLoad =
  ({ readonly kind: "here" } & ThreadLoad) | { readonly kind: "elsewhere"; readonly shown: ResumedThread };

/**
 * Threads that are shown here while another process has them open. Nothing of them is in memory but what the client wants to run them under:
 * as soon as they are to be used, they are loaded, if the other process has let go of them by then.
 */
export interface AttachedThreads {
  /** Loads a thread that is not loaded. Open elsewhere: how it is shown, and the user is told where it is open. */
  load(threadId: string, overrides: ThreadOverrides, wanted: WantedTurns): Promise<AttachedLoad>;
  /** A loaded thread, fit for use. One that is shown only is loaded now. Rejects with ThreadRequestError `inUse`, `notLoaded`, `badId`. */
  usable(threadId: string): Promise<LiveThread>;
  /** What a client says when it resumes a thread. */
  override(thread: LiveThread, overrides: ThreadOverrides): Promise<void>;
}

export function createAttachedThreads(
  options: ThreadsOptions,
  stored: StoredThreads,
  loaded: LoadedThreads,
  pages: Pick<TurnPages, "view">,
): AttachedThreads {
  /** `bytes`: how long the rollout was when it was shown. */
  const attached = new Map<string, { readonly overrides: ThreadOverrides; readonly bytes: number }>();

  const override: AttachedThreads["override"] = async (thread, overrides) => {
    const defaults = await options.defaults(overrides.cwd ?? thread.settings.cwd, overrides.config ?? {});
    const whole = await withModel(options, overrides, thread.settings.modelProvider);
    await thread.override((settings) => withThreadOverrides(settings, whole, defaults), overrides);
  };

  const warn = (threadId: string, message: string): void =>
    void setImmediate(() => options.onEvent({ type: "warning", threadId, message }));

  const show = async (
    threadId: string,
    overrides: ThreadOverrides,
    wanted: WantedTurns,
    where: string,
  ): Promise<ResumedThread> => {
    const place = stored.place(await stored.find(threadId));
    const back = await stored.open(place);
    const defaults = await options.defaults(back.meta.cwd, overrides.config ?? {});
    const settings = back.settings ?? settingsOfNewThread(defaults, back.meta.cwd, {});
    attached.set(threadId, { overrides, bytes: back.end.offset });
    const message = `${where}. It is shown here as it is now; once it is closed there, send a message to go on here.`;
    const { turns, plan: _plan, usage: _usage, ...cut } = await pages.view(threadId, place, wanted, back);
    return {
      thread: describeStored(back, turns, { status: { type: "idle" }, isReadOnly: true }),
      model: settings.model,
      modelProvider: settings.modelProvider,
      cwd: settings.cwd,
      instructionSources: back.replayed.told?.instructionSources ?? [],
      approvalPolicy: settings.approvalPolicy,
      sandbox: settings.sandbox,
      reasoningEffort: settings.effort,
      reviewEdits: effectiveReview(settings),
      ...cut,
      again: [{ type: "warning", threadId, message }],
    };
  };

  return {
    override,
    async load(threadId, overrides, wanted) {
      try {
        const load = await loaded.resume(threadId, overrides.config ?? {});
        attached.delete(threadId);
        return { kind: "here", ...load };
      } catch (error) {
        if (!(error instanceof ThreadRequestError) || error.reason !== "inUse") throw error;
        return { kind: "elsewhere", shown: await show(threadId, overrides, wanted, error.message) };
      }
    },
    async usable(threadId) {
      const shown = attached.get(threadId);
      if (shown === undefined || loaded.get(threadId) !== undefined) return loaded.whole(loaded.find(threadId));
      const { size } = await fs.stat(await stored.find(threadId));
      const { thread } = await loaded.resume(threadId, shown.overrides.config ?? {});
      attached.delete(threadId);
      await override(thread, shown.overrides);
      options.onEvent({ type: "statusChanged", threadId, status: { type: "idle" } });
      if (size > shown.bytes) {
        warn(
          threadId,
          "The thread went on in the other window after it was shown here. Open it again to see all of it.",
        );
      }
      return thread;
    },
  };
}
