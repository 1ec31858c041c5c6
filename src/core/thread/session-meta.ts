import type { ThreadsOptions } from "./loaded-threads.ts";
import { rolloutFormat, type SessionMeta } from "./rollout/lines.ts";
import type { ThreadSettings } from "./settings.ts";
import type { Originator } from "./threads.ts";

/** The first line of a new thread, with an id of its own; it comes from no other thread. */
export const newSessionMeta = (
  options: Pick<ThreadsOptions, "clock" | "newId" | "version">,
  settings: ThreadSettings,
  originator: Originator,
): SessionMeta => ({
  id: options.newId(),
  format: rolloutFormat,
  createdAtMs: options.clock.now(),
  cwd: settings.cwd,
  originator: originator.name,
  cliVersion: options.version,
  modelProvider: settings.modelProvider,
  git: null,
  forkedFromId: null,
  historyBase: [],
  preview: "",
  settings,
});
