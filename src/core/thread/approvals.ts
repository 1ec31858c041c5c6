import type { ApprovalPort, CommandAnswer, CommandQuestion, FilesAnswer, FilesQuestion } from "../approvals.ts";
import type { ThreadStatus } from "../../protocol/threads.ts";
import type { Journal } from "./journal.ts";
import type { Clock } from "./clock.ts";
import type { ThreadEvent } from "./events.ts";
import type { RolloutEntry } from "./rollout/lines.ts";

/** Asks the user about an item of a thread. Question and answer are recorded; what was recorded is on the disk before the user is asked. */
export interface Approvals {
  /** `opening` opens the item that the question is about. */
  askCommand(opening: Opening, question: CommandQuestion, signal: AbortSignal): Promise<CommandAnswer>;
  askFiles(opening: Opening, question: FilesQuestion, signal: AbortSignal): Promise<FilesAnswer>;
}

interface Opening {
  readonly entries: readonly RolloutEntry[];
  readonly events: readonly ThreadEvent[];
}

export function createApprovals(threadId: string, journal: Journal, port: ApprovalPort, clock: Clock): Approvals {
  let waiting = 0;
  const status = (): ThreadEvent => {
    const activeFlags: Extract<ThreadStatus, { type: "active" }>["activeFlags"] =
      waiting > 0 ? ["waitingOnApproval"] : [];
    return { type: "statusChanged", threadId, status: { type: "active", activeFlags } };
  };

  const ask = async <A>(
    opening: Opening,
    { turnId, itemId }: CommandQuestion | FilesQuestion,
    signal: AbortSignal,
    put: () => Promise<A>,
    decisionOf: (answer: A) => string,
  ): Promise<A> => {
    const record = (decision: string | null): RolloutEntry => ({
      type: "approval",
      payload: { turnId, itemId, at: clock.now(), decision },
    });
    let isWaiting = true;
    waiting += 1;
    try {
      journal.commit([...opening.entries, record(null)], [status(), ...opening.events]);
      await journal.sync();
      const answer = await put();
      waiting -= 1;
      isWaiting = false;
      journal.commit([record(signal.aborted ? "cancel" : decisionOf(answer))], [status()]);
      return answer;
    } finally {
      // The question failed. A turn that is being ended says what becomes of the thread by itself.
      if (isWaiting) {
        waiting -= 1;
        if (!signal.aborted) journal.emit(status());
      }
    }
  };

  return {
    askCommand: (opening, question, signal) =>
      ask(opening, question, signal, () => port.askCommand(question, signal), String),
    askFiles: (opening, question, signal) =>
      ask(
        opening,
        question,
        signal,
        () => port.askFiles(question, signal),
        ({ decision }) => decision,
      ),
  };
}
