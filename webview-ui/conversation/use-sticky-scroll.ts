import type { RefObject } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** Pixels from the end within which the view counts as being at the end. */
const slack = 24;

interface StickyScroll {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly content: RefObject<HTMLDivElement | null>;
  readonly isAtEnd: boolean;
  readonly toEnd: () => void;
}

/** Something that the user sees, and where it stood. */
interface ReadingPlace {
  readonly element: Element;
  readonly top: number;
}

/**
 * Follows what is added at the end, until the user scrolls up; follows again once the user is back at the end. Only a movement that
 * the user made ends it: content that grows or shrinks does not. When `firstTurn`, the id of the first turn on the page, becomes
 * another one, what the user reads stays where it is.
 */
export function useStickyScroll(firstTurn: string | undefined): StickyScroll {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const lastTop = useRef(0);
  const [isAtEnd, setIsAtEnd] = useState(true);

  const follow = useCallback(() => {
    const element = scroller.current;
    if (element === null || !follows.current) return;
    element.scrollTop = element.scrollHeight;
    lastTop.current = element.scrollTop;
  }, []);

  const shownFirst = useRef(firstTurn);
  const reading = useRef<ReadingPlace | null>(null);
  if (shownFirst.current !== firstTurn) {
    shownFirst.current = firstTurn;
    reading.current = readingPlace(scroller.current); // the page is still as it was
  }

  // After every rendering, before it is painted.
  useLayoutEffect(() => {
    const place = reading.current;
    reading.current = null;
    const element = scroller.current;
    if (place !== null && element !== null && !follows.current && place.element.isConnected) {
      element.scrollTop += place.element.getBoundingClientRect().top - place.top;
      lastTop.current = element.scrollTop;
    }
    follow();
  });

  useEffect(() => {
    const element = scroller.current;
    const inner = content.current;
    if (element === null || inner === null) return;
    const onScroll = (): void => {
      const top = element.scrollTop;
      const distance = element.scrollHeight - element.clientHeight - top;
      if (top < lastTop.current - 1 && distance > slack) follows.current = false;
      else if (distance <= slack) follows.current = true;
      lastTop.current = top;
      setIsAtEnd(follows.current || distance <= slack);
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    const sizes = new ResizeObserver(follow);
    sizes.observe(element);
    sizes.observe(inner);
    return () => {
      element.removeEventListener("scroll", onScroll);
      sizes.disconnect();
    };
  }, [follow]);

  const toEnd = useCallback(() => {
    follows.current = true;
    setIsAtEnd(true);
    follow();
    scroller.current?.focus({ preventScroll: true }); // the button that had the focus goes
  }, [follow]);

  return { scroller, content, isAtEnd, toEnd };
}

/** The first turn that can be seen. */
function readingPlace(scroller: Element | null): ReadingPlace | null {
  if (scroller === null) return null;
  const edge = scroller.getBoundingClientRect().top;
  for (const element of scroller.querySelectorAll(".turn")) {
    const { top, bottom } = element.getBoundingClientRect();
    if (bottom > edge) return { element, top };
  }
  return null;
}
