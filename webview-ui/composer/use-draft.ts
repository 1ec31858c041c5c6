import { useEffect, useRef, useState, type StateUpdater, type Dispatch } from "preact/hooks";
import type { MemoryStore } from "../vscode-state.ts";

const delayMs = 300;

/** The text in the composer. It survives hiding and reloading the panel; written after a pause, and when the page goes. */
export function useDraft(memory: MemoryStore): [string, Dispatch<StateUpdater<string>>] {
  const [draft, setDraft] = useState(() => memory.read().draft);
  const latest = useRef(draft);
  latest.current = draft;
  useEffect(() => {
    const timer = setTimeout(() => memory.write({ draft }), delayMs);
    return () => clearTimeout(timer);
  }, [draft, memory]);
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
