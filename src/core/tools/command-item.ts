import type { ItemOf } from "../../protocol/items.ts";
import { parseCommandActions } from "../exec/command-actions.ts";

/** The item of a command that is about to start, or to be asked about. Members follow the wire (codex app-server 0.169.0). */
export const commandItem = (command: {
  readonly id: string;
  readonly argv: readonly string[];
  readonly script: string;
  readonly cwd: string;
  /** Unix ms. */
  readonly startedAtMs: number;
}): ItemOf<"commandExecution"> => ({
  type: "commandExecution",
  id: command.id,
  pluginId: null,
  scriptPath: null,
  command: command.argv.map(quote).join(" "),
  cwd: command.cwd,
  processId: null,
  source: "agent",
  status: "inProgress",
  commandActions: parseCommandActions(command.script),
  aggregatedOutput: null,
  exitCode: null,
  durationMs: null,
  startedAtMs: command.startedAtMs,
  completedAtMs: null,
});

/** A word as a shell would take it back. */
const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
