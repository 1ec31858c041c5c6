import { useEffect, useMemo, useState } from "preact/hooks";
import type { CodeSpan } from "./highlighter.ts";

type Highlight = (code: string, language: string) => CodeSpan[] | null;

/** Longer code stays plain: colouring it would cost more than a frame. */
const maxHighlighted = 40_000;

/** The grammars, fetched once for the page on first use. */
const grammars: { loading: Promise<Highlight | null> | null; ready: Highlight | null } = { loading: null, ready: null };

async function loadGrammars(): Promise<Highlight | null> {
  grammars.loading ??= import("./highlighter.ts").then(
    ({ highlight }) => highlight,
    () => null, // without them code is shown plain
  );
  grammars.ready = await grammars.loading;
  return grammars.ready;
}

/** The code in coloured runs, or null while it is to be shown plain: grammars not there yet, language not known, code too long. */
export function useHighlight(code: string, language: string): readonly CodeSpan[] | null {
  const isWanted = language !== "" && code.length <= maxHighlighted;
  const [highlight, setHighlight] = useState<{ run: Highlight } | null>(
    grammars.ready === null ? null : { run: grammars.ready },
  );
  useEffect(() => {
    if (!isWanted || highlight !== null) return;
    let isMounted = true;
    void loadGrammars().then((run) => {
      if (isMounted && run !== null) setHighlight({ run });
    });
    return () => {
      isMounted = false;
    };
  }, [isWanted, highlight]);
  return useMemo(
    () => (highlight === null || !isWanted ? null : highlight.run(code, language)),
    [highlight, isWanted, code, language],
  );
}
