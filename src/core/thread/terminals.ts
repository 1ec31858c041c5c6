import type { BackgroundTerminal } from "../../protocol/terminals.ts";
import type { CommandBoard } from "../tools/command-board.ts";
import type { RunningCommand } from "../tools/running-command.ts";

/** Commands of threads that go on by themselves. Methods throw ThreadRequestError for a thread that is not loaded. */
export interface Terminals {
  /** Oldest first. */
  list(threadId: string): readonly BackgroundTerminal[];
  /** Ends one with its process group, whether something waits for it or not. False: it does not run. */
  terminate(threadId: string, processId: string): Promise<boolean>;
  /** Ends all that {@link Terminals.list} shows. */
  clean(threadId: string): Promise<void>;
}

export function createTerminals(board: CommandBoard, find: (threadId: string) => unknown): Terminals {
  const inBackground = (threadId: string): readonly RunningCommand[] => {
    find(threadId);
    return board.running(threadId).filter(({ isAwaited }) => !isAwaited);
  };
  return {
    list: (threadId) =>
      inBackground(threadId).map(({ item, script, process }) => ({
        itemId: item.id,
        processId: String(process.sessionId),
        command: script,
        cwd: item.cwd,
        osPid: process.pid,
        cpuPercent: null,
        rssKb: null,
      })),
    async terminate(threadId, processId) {
      find(threadId);
      const command = board.running(threadId).find(({ process }) => String(process.sessionId) === processId);
      if (command === undefined) return false;
      await board.end([command]);
      return true;
    },
    clean: async (threadId) => board.end(inBackground(threadId)),
  };
}
