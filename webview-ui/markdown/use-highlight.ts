import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { CodeSpan } from "./highlighter.ts";

type Highlight = (code: string, language: string) => CodeSpan[] | null;

/** Longer code stays plain: colouring it would cost more than a frame. */
const maxHighlighted = 40_000;
/** Code that streams is coloured again after this many times what colouring it took: a tenth of the time goes into it. */
const restFactor = 10;

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

/** Code in coloured runs; `rest` came since and is still plain. */
export type Highlighted = { readonly spans: readonly CodeSpan[]; readonly rest: string };
type Coloured = {
  readonly code: string;
  readonly language: string;
  readonly spans: readonly CodeSpan[] | null;
  /** When more of the same code may be coloured, as `performance.now` counts. */
  readonly againAt: number;
};

/** Null while the code is to be shown plain: grammars not there yet, language not known, code too long. */
export function useHighlight(code: string, language: string): Highlighted | null {
  const isWanted = language !== "" && code.length <= maxHighlighted;
  const highlight = useGrammars(isWanted);
  const [coloured, setColoured] = useState<Coloured | null>(null);
  const known = coloured?.language === language && code.startsWith(coloured.code) ? coloured : null;
  const isCurrent = known?.code === code;
  const againAt = known?.againAt ?? 0;
  // Before the paint where nothing has to be waited for, so that the code of a loaded thread does not flash.
  useLayoutEffect(() => {
    if (highlight === null || !isWanted || isCurrent) return;
    const colour = (): void => {
      const startedAt = performance.now();
      const spans = highlight(code, language);
      const now = performance.now();
      setColoured({ code, language, spans, againAt: now + restFactor * (now - startedAt) });
    };
    const wait = againAt - performance.now();
    if (wait <= 0) return colour();
    const timer = setTimeout(colour, wait);
    return () => clearTimeout(timer);
  }, [highlight, isWanted, isCurrent, againAt, code, language]);
  if (!isWanted || known === null || known.spans === null) return null;
  return { spans: known.spans, rest: code.slice(known.code.length) };
}

function useGrammars(isWanted: boolean): Highlight | null {
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
  return highlight?.run ?? null;
}
