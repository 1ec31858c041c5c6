import { useEffect, useRef, useState, type StateUpdater, type Dispatch } from "preact/hooks";
import type { MemoryStore } from "../vscode-state.ts";

const delayMs = 300;

/**
 * The text in the composer. It survives hiding and reloading the panel; written after a pause, and when the page goes. `unsent` is on
 * its way and can still come back: it is kept with the draft until then.
 */
export function useDraft(memory: MemoryStore, unsent: string | null): [string, Dispatch<StateUpdater<string>>] {
  const [draft, setDraft] = useState(() => memory.read().draft);
  const kept = unsent === null ? draft : joined(unsent, draft);
  const latest = useRef(kept);
  latest.current = kept;
  useEffect(() => {
    const timer = setTimeout(() => memory.write({ draft: kept }), delayMs);
    return () => clearTimeout(timer);
  }, [kept, memory]);
  useEffect(() => {
    const save = (): void => memory.write({ draft: latest.current });
    window.addEventListener("pagehide", save);
    document.addEventListener("visibilitychange", save);
    return () => {
      window.removeEventListener("pagehide", save);
      document.removeEventListener("visibilitychange", save);
    };
  }, [memory]);
  return [draft, setDraft];
}

/** What could not be sent stands before what was typed meanwhile. */
export const joined = (sent: string, typed: string): string => (typed === "" ? sent : `${sent}\n${typed}`);
