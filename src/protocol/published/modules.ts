// Written by `npm run docs`; do not edit.

import * as account from "../account.ts";
import * as approvals from "../approvals.ts";
import * as catalogue from "../catalogue.ts";
import * as compaction from "../compaction.ts";
import * as completions from "../completions.ts";
import * as config from "../config.ts";
import * as editorState from "../editor-state.ts";
import * as initialize from "../initialize.ts";
import * as items from "../items.ts";
import * as localModels from "../local-models.ts";
import * as notifications from "../notifications.ts";
import * as queue from "../queue.ts";
import * as settings from "../settings.ts";
import * as shell from "../shell.ts";
import * as terminals from "../terminals.ts";
import * as threadSettings from "../thread-settings.ts";
import * as threads from "../threads.ts";
import * as turns from "../turns.ts";

/** The files whose exports give the published definitions their names. */
export const modules: readonly Readonly<Record<string, unknown>>[] = [
  account,
  approvals,
  catalogue,
  compaction,
  completions,
  config,
  editorState,
  initialize,
  items,
  localModels,
  notifications,
  queue,
  settings,
  shell,
  terminals,
  threadSettings,
  threads,
  turns,
];
