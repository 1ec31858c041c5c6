import { expect, test, vi } from "vitest";
import { createLingering } from "../../src/app-server/lingering.ts";

test("a server ends when nobody has been there for so long, and not while anybody is", () => {
  vi.useFakeTimers();
  try {
    let ends = 0;
    const lingering = createLingering(1000, () => (ends += 1));
    vi.advanceTimersByTime(999);
    lingering.arrived();
    lingering.arrived();
    vi.advanceTimersByTime(10_000);
    lingering.left();
    vi.advanceTimersByTime(10_000);
    lingering.left();
    vi.advanceTimersByTime(999);
    lingering.arrived();
    vi.advanceTimersByTime(999);
    lingering.left();
    expect(ends).toBe(0);
    vi.advanceTimersByTime(1000);
    expect(ends).toBe(1);
  } finally {
    vi.useRealTimers();
  }
});

test("a server that nobody ever comes to ends too", () => {
  vi.useFakeTimers();
  try {
    let ends = 0;
    createLingering(1000, () => (ends += 1));
    vi.advanceTimersByTime(1000);
    expect(ends).toBe(1);
  } finally {
    vi.useRealTimers();
  }
});
