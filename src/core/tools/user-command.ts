import type { ItemOf } from "../../protocol/items.ts";
import { shellStatus, truncate } from "../exec/format.ts";
import { ExecError } from "../exec/process.ts";
import type { ProcessExit, RunningProcess } from "../exec/types.ts";
import type { MessageItem } from "../model/types.ts";
import { userMessageItem } from "../prompt/context.ts";
import type { CommandDeps } from "./command-gate.ts";
import { commandItem } from "./command-item.ts";
import type { CallScope, Completion } from "./gate.ts";
import { createRunningCommand } from "./running-command.ts";

/** A command line that the user typed for the thread's shell. */
export interface UserCommand {
  readonly script: string;
  /** Then it is ended; null: it may take as long as it likes. */
  readonly timeoutMs: number | null;
}

/** What became of it. */
export interface EndedUserCommand {
  /** Tells the model. */
  readonly message: MessageItem;
  /** The end of its item, which is still open. */
  readonly completion: Completion;
}

export interface UserCommandScope extends Pick<
  CallScope,
  "threadId" | "turnId" | "itemId" | "journal" | "clock" | "signal"
> {
  /** Absolute. */
  readonly cwd: string;
  /** What the model is told of the output at most. */
  readonly maxOutputBytes: number;
  /** The message is recorded together with the completion, so that a body which stands in both is stored once. */
  readonly isTogether: boolean;
}

/**
 * Runs the user's own command: asked for by the user and by nobody else, so there is no policy, no question and no sandbox. Opens the item and
 * shows the output; the caller records the end. Rejects only when the item cannot be recorded.
 */
export async function runUserCommand(
  { script, timeoutMs }: UserCommand,
  scope: UserCommandScope,
  deps: CommandDeps,
): Promise<EndedUserCommand> {
  const { threadId, turnId, itemId, journal, clock, signal, cwd } = scope;
  const startedAtMs = clock.now();
  const argv = deps.shellArgv(script);
  const item: ItemOf<"commandExecution"> = {
    ...commandItem({ id: itemId, argv, script, cwd, startedAtMs }),
    source: "userShell",
  };
  journal.commit(
    [{ type: "item_started", payload: { turnId, item } }],
    [{ type: "itemStarted", threadId, turnId, item, startedAtMs }],
  );
  const notRun = (why: string): EndedUserCommand => {
    const completedAtMs = clock.now();
    const ended = { ...item, status: "failed", aggregatedOutput: why, completedAtMs } as const;
    return {
      message: messageOf(script, `Not run: ${why}`),
      completion: {
        entries: [{ type: "item_completed", payload: { turnId, item: ended } }],
        events: [{ type: "itemCompleted", threadId, turnId, item: ended, completedAtMs }],
      },
    };
  };
  let process: RunningProcess;
  try {
    process = await start(argv, scope, deps);
  } catch (error) {
    return notRun(error instanceof Error ? error.message : String(error));
  }
  const command = createRunningCommand(process, item, { script, reach: "everything" }, scope);
  deps.board.add(command);
  const bodyOf = scope.isTogether ? itemId : null;
  let waited = await command.waitFor(timeoutMs, signal, bodyOf);
  const isLate = waited.kind === "running";
  if (isLate) {
    // Asked for before its end, so that the completion is ours.
    const last = command.waitFor(null, signal, bodyOf);
    await process.kill();
    waited = await last;
  }
  if (waited.kind === "running") return notRun("it did not end"); // waiting without a limit does not come back before the end
  const note = isLate ? `Ended after ${timeoutMs ?? 0} ms, the time it was given.\n` : signal.aborted ? stopped : "";
  const text = resultOf(waited.exit, note, truncate(process.output.takeNew(1024 * 1024), scope.maxOutputBytes));
  const message = messageOf(script, text);
  return { message, completion: waited.completion(textOf(message)) };
}

const stopped = "Stopped by the user.\n";

async function start(
  argv: readonly string[],
  { cwd, itemId, signal }: UserCommandScope,
  deps: CommandDeps,
): Promise<RunningProcess> {
  const attempt = await deps.sandbox.wrap(
    { argv, cwd, env: await deps.environment() },
    {
      policy: { type: "dangerFullAccess" },
      writableRoots: [],
      tempDir: await deps.tempDir(),
      denyRead: [],
      visible: [cwd],
    },
  );
  if (attempt.kind === "unavailable") throw new ExecError("notStarted", attempt.message);
  if (signal.aborted) {
    await attempt.command.cleanup();
    throw new ExecError("notStarted", "stopped by the user");
  }
  return deps.processes.start(attempt.command, { outputFile: deps.outputFile(itemId), stdin: "closed" });
}

const resultOf = (exit: ProcessExit, note: string, output: string): string =>
  `Exit code: ${shellStatus(exit)}\nDuration: ${(exit.durationMs / 1000).toFixed(4)} seconds\n${note}Output:\n${output}`;

/** The tags are those that models know from Codex. What a command prints cannot end them, and so cannot pass for words of the user. */
function messageOf(script: string, result: string): MessageItem {
  const text = `<user_shell_command>\n<command>\n${contained(script)}\n</command>\n<result>\n${contained(result)}\n</result>\n</user_shell_command>`;
  return userMessageItem([{ type: "input_text", text }]);
}

const contained = (text: string): string => text.replace(/<(?=\/(?:user_shell_command|result|command)>)/g, "&lt;");

const textOf = ({ content }: MessageItem): string =>
  content.map((part) => (part.type === "input_text" ? part.text : "")).join("");
