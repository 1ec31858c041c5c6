import { useEffect, useState } from "preact/hooks";

/** The time in Unix ms, renewed every `periodMs` while `isRunning`. */
export function useNow(isRunning: boolean, periodMs = 1000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isRunning) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), periodMs);
    return () => clearInterval(timer);
  }, [isRunning, periodMs]);
  return now;
}
