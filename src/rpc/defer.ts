const inPage = (): ((callback: () => void) => void) => {
  // A page clamps nested zero timers to 4 ms; a message channel has no such floor.
  const due: (() => void)[] = [];
  const channel = new MessageChannel();
  channel.port1.onmessage = () => due.shift()?.();
  return (callback) => {
    due.push(callback);
    channel.port2.postMessage(null);
  };
};

/** Runs a callback in a later macrotask, as soon as the host can: everything that a promise has set off by now runs first. */
export const defer: (callback: () => void) => void =
  typeof setImmediate === "function"
    ? (callback) => {
        setImmediate(callback);
      }
    : inPage();
