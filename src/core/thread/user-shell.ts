import type { CommandDeps } from "../tools/command-gate.ts";
import { runUserCommand, type UserCommand } from "../tools/user-command.ts";
import type { Clock } from "./clock.ts";
import type { Journal } from "./journal.ts";
import type { RolloutEntry } from "./rollout/lines.ts";

/** The user's own commands in one thread. */
export interface UserShell {
  /** Runs one that is a turn of its own. Resolves when it has ended and is recorded; rejects when it cannot be recorded. */
  run(command: UserCommand, turnId: string, signal: AbortSignal): Promise<void>;
  /** Runs one beside a turn that runs already; the model hears of it at the next safe point. */
  beside(command: UserCommand, turnId: string): void;
  /** Some run beside a turn. */
  readonly isRunning: boolean;
  /** Ends those that run beside a turn (null: all of them); resolves when they are recorded. */
  end(turnId: string | null): Promise<void>;
}

export function createUserShell(thread: {
  readonly threadId: string;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly deps: CommandDeps;
  newItemId(): string;
  /** What a command that starts now gets. */
  frame(): { readonly cwd: string; readonly maxOutputBytes: number };
  /** Records what the model is to hear: at once, or at the next safe point of the turn that runs. */
  tell(entry: RolloutEntry): void;
}): UserShell {
  const { threadId, journal, clock, deps } = thread;
  const running = new Set<{
    readonly turnId: string;
    readonly abort: AbortController;
    readonly ended: Promise<void>;
  }>();

  const start = (command: UserCommand, turnId: string, signal: AbortSignal, isTogether: boolean) => {
    const itemId = thread.newItemId();
    const scope = { threadId, turnId, itemId, journal, clock, signal, isTogether, ...thread.frame() };
    return runUserCommand(command, scope, deps).then((ended) => ({ ...ended, itemId }));
  };

  const runBeside = async (command: UserCommand, turnId: string, signal: AbortSignal): Promise<void> => {
    try {
      const { message, completion } = await start(command, turnId, signal, false);
      journal.commit(completion.entries, completion.events);
      thread.tell({ type: "response_item", payload: { item: message } });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      journal.emit({ type: "warning", threadId, message });
    }
  };

  return {
    async run(command, turnId, signal) {
      const { message, completion, itemId } = await start(command, turnId, signal, true);
      const entry: RolloutEntry = { type: "response_item", payload: { item: message, bodyOf: itemId } };
      journal.commit([entry, ...completion.entries], completion.events);
    },
    beside(command, turnId) {
      const abort = new AbortController();
      const one = { turnId, abort, ended: runBeside(command, turnId, abort.signal) };
      running.add(one);
      void one.ended.then(() => running.delete(one));
    },
    get isRunning() {
      return running.size > 0;
    },
    async end(turnId) {
      const ending = [...running].filter((one) => turnId === null || one.turnId === turnId);
      for (const { abort } of ending) abort.abort();
      await Promise.all(ending.map(({ ended }) => ended));
    },
  };
}
