/** Ends a server that nobody uses. */
export interface Lingering {
  arrived(): void;
  left(): void;
}

/** Calls `end`, once, when no client has been there for so long; from the beginning on. */
export function createLingering(ms: number, end: () => void): Lingering {
  let clients = 0;
  let timer: NodeJS.Timeout | null = null;
  const wait = (): void => {
    timer = setTimeout(end, ms);
  };
  wait();
  return {
    arrived() {
      clients += 1;
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
    left() {
      clients -= 1;
      if (clients === 0) wait();
    },
  };
}
