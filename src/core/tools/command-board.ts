import type { RunningCommand } from "./running-command.ts";

/** Ended commands that write_stdin can still ask about. */
const maxEnded = 64;

/** The commands of all threads: by session for write_stdin, by turn for Stop, by thread for the end. */
export interface CommandBoard {
  add(command: RunningCommand): void;
  /** One that runs, or one of the last that ended. Null when there is none, or when it belongs to another thread. */
  get(threadId: string, sessionId: number): RunningCommand | null;
  /** The commands of a thread that run, oldest first. */
  running(threadId: string): readonly RunningCommand[];
  /** Ends these; resolves when they are gone and their items are complete. */
  end(commands: readonly RunningCommand[]): Promise<void>;
  /** Ends every command of a turn; resolves when they are gone and their items are complete. */
  endTurn(turnId: string): Promise<void>;
  endThread(threadId: string): Promise<void>;
}

export function createCommandBoard(): CommandBoard {
  const commands = new Map<number, RunningCommand>();
  const ended = new Map<number, RunningCommand>();

  const running = (matches: (command: RunningCommand) => boolean): readonly RunningCommand[] =>
    [...commands.values()].filter(matches);

  const end = async (ending: readonly RunningCommand[]): Promise<void> => {
    await Promise.all(
      ending.map(async (command) => {
        await command.process.kill();
        await command.completed;
      }),
    );
  };

  return {
    add(command) {
      const { sessionId } = command.process;
      commands.set(sessionId, command);
      void command.completed.then(() => {
        commands.delete(sessionId);
        ended.set(sessionId, command);
        const [oldest] = ended.keys();
        if (ended.size > maxEnded && oldest !== undefined) ended.delete(oldest);
      });
    },
    get(threadId, sessionId) {
      const command = commands.get(sessionId) ?? ended.get(sessionId);
      return command?.threadId === threadId ? command : null;
    },
    running: (threadId) => running((command) => command.threadId === threadId),
    end,
    endTurn: (turnId) => end(running((command) => command.turnId === turnId)),
    endThread: (threadId) => end(running((command) => command.threadId === threadId)),
  };
}
