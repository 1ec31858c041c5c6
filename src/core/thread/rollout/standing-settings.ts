import type { SettingsChange } from "./lines.ts";

/**
 * Which settings stand, as the lines tell one after the other, hidden ones too: the last that were said as a whole, and what was changed since the
 * turn began in which they were said. `S`: settings, or where they stand.
 */
export interface Standing<S> {
  /** A turn begins, or settings that come after all turns so far. */
  begin(): void;
  say(settings: S): void;
  change(change: SettingsChange): void;
  /** Null: nothing was said. */
  readonly current: { readonly said: S; readonly changes: SettingsChange } | null;
}

export function createStanding<S>(): Standing<S> {
  let current: { said: S; changes: SettingsChange } | null = null;
  let sinceBeginning: SettingsChange = {};
  return {
    begin() {
      sinceBeginning = {};
    },
    say(settings) {
      current = { said: settings, changes: sinceBeginning };
    },
    change(change) {
      sinceBeginning = { ...sinceBeginning, ...change };
      if (current !== null) current = { ...current, changes: { ...current.changes, ...change } };
    },
    get current() {
      return current;
    },
  };
}
