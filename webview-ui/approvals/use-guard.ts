import { useEffect, useState } from "preact/hooks";

/** A card that appears under the pointer or the keys must not take an answer that was meant for something else. */
export const guardMs = 500;

/** False for the first {@link guardMs} of a card's life. */
export function useGuard(): boolean {
  const [isArmed, setIsArmed] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsArmed(true), guardMs);
    return () => clearTimeout(timer);
  }, []);
  return isArmed;
}
