/** Time, as far as dialogs need it; a test turns the hands itself. */
export interface Clock {
  /** Monotonic, in ms. */
  now(): number;
  /** Resolves after at least `ms`. */
  after(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** A question that is put by a dialog which blocks the window and cannot be taken back once it is open. */
export interface ModalQuestion<T> {
  /** Opens the dialog; undefined when it was dismissed. `again`: the last answer came too fast to be meant. */
  show(again: boolean): Promise<T | undefined>;
  /** True for the answers that let something happen. Only these are doubted. */
  allows(answer: T): boolean;
  /** True when nobody waits for the answer any more. Asked before the dialog opens. */
  isWithdrawn(): boolean;
}

export interface ModalQueue {
  /** Tells that the user typed in an editor. */
  typed(): void;
  /** Resolves when the user has not typed for half a second. */
  whenQuiet(): Promise<void>;
  /** Resolves with the answer, or undefined: dismissed, or withdrawn before the dialog opened. */
  ask<T>(question: ModalQuestion<T>): Promise<T | undefined>;
}

const quietMs = 500;
const doubtMs = 500;

/**
 * Puts questions one at a time, and never under the user's hands: a dialog takes the keyboard when it opens, and Enter takes its
 * first button. So it opens only after half a second without typing, and an allowing answer within half a second is asked again.
 */
export function createModalQueue(clock: Clock): ModalQueue {
  let lastTyped = -Infinity;
  let tail: Promise<unknown> = Promise.resolve();

  const whenQuiet = async (): Promise<void> => {
    for (let left = lastTyped + quietMs - clock.now(); left > 0; left = lastTyped + quietMs - clock.now()) {
      await clock.after(left);
    }
  };

  const put = async <T>(question: ModalQuestion<T>): Promise<T | undefined> => {
    for (let again = false; ; again = true) {
      await whenQuiet();
      if (question.isWithdrawn()) return undefined;
      const openedAt = clock.now();
      const answer = await question.show(again);
      if (answer === undefined || !question.allows(answer) || clock.now() - openedAt >= doubtMs) return answer;
    }
  };

  return {
    typed: () => {
      lastTyped = clock.now();
    },
    whenQuiet,
    ask: (question) => {
      const answer = tail.then(() => put(question));
      tail = answer.catch(() => undefined); // a dialog that fails is its asker's trouble, not that of the next in line
      return answer;
    },
  };
}
