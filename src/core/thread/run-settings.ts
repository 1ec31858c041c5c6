import type { Journal } from "./journal.ts";
import { notRecorded } from "./not-recorded.ts";
import type { RolloutEntry, SettingsChange } from "./rollout/lines.ts";
import { type ThreadSettings, withTurnOverrides } from "./settings.ts";
import type { Surroundings } from "./surroundings.ts";
import type { TurnOverrides } from "./threads.ts";

/** What a client changes of a thread's settings while it lives: what holds at once, what waits, and who is told. */
export interface RunSettings {
  /** What the next turn runs under. */
  next(overrides: TurnOverrides): ThreadSettings;
  /** A turn runs under them; nothing waits any more. */
  begun(): void;
  /**
   * While a turn runs, permissions change at once and the rest waits for the next turn. Null: there is nothing that the model of the running
   * turn should hear.
   */
  during(turnId: string, overrides: TurnOverrides): ReturnType<Surroundings["tell"]> | null;
  /**
   * As the client asks between turns or (with `turnId`) while that one runs. What its model should hear is given to `tellLater`. Recorded, if the
   * thread is, so that it outlives the process. @throws ThreadRequestError `notRecorded`
   */
  update(
    overrides: TurnOverrides,
    turnId: string | null,
    isRecorded: boolean,
    tellLater: (entries: readonly RolloutEntry[]) => void,
  ): void;
  /** Tells the clients, if the settings are not those that they were told last. */
  announce(): void;
}

export function createRunSettings(threadId: string, here: Surroundings, journal: Journal): RunSettings {
  /** Overrides that came while a turn ran and cannot hold before the next one. */
  let pending: TurnOverrides = {};
  let announced = JSON.stringify(here.settings);

  const next = (overrides: TurnOverrides): ThreadSettings =>
    withTurnOverrides(here.settings, { ...pending, ...defined(overrides) });

  const during = (turnId: string, overrides: TurnOverrides): ReturnType<Surroundings["tell"]> | null => {
    const { approvalPolicy, sandboxPolicy, reviewEdits, collaborationMode, editor, ...later } = overrides;
    if (editor !== undefined) here.setEditor(editor);
    pending = { ...pending, ...defined(later) };
    const permissions = defined({ approvalPolicy, sandboxPolicy, reviewEdits, collaborationMode });
    if (Object.keys(permissions).length === 0 && editor === undefined) return null;
    here.set(withTurnOverrides(here.settings, permissions));
    return here.tell(turnId);
  };

  const announce = (): void => {
    const settings = next({});
    const text = JSON.stringify(settings);
    if (text === announced) return;
    announced = text;
    journal.emit({ type: "settingsUpdated", threadId, settings });
  };

  return {
    next,
    begun() {
      pending = {};
    },
    during,
    announce,
    update(overrides, turnId, isRecorded, tellLater) {
      const before = next({});
      if (turnId === null) here.set(next(overrides));
      else {
        const changes = during(turnId, overrides);
        if (changes !== null) tellLater(changes.entries);
        changes?.told();
      }
      const payload = changeBetween(before, next({}));
      try {
        if (isRecorded && Object.keys(payload).length > 0) journal.commit([{ type: "thread_settings", payload }], []);
      } catch (error) {
        throw notRecorded(error);
      }
      announce();
    },
  };
}

function changeBetween(before: ThreadSettings, after: ThreadSettings): SettingsChange {
  const was = new Map<string, unknown>(Object.entries(before));
  return Object.fromEntries(Object.entries(after).filter(([key, value]) => !isSame(value, was.get(key))));
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What was said, without what was not. */
const defined = (overrides: TurnOverrides): TurnOverrides =>
  Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
