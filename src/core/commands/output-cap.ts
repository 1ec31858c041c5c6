/** What became of a chunk of output: what of it is within the cap, and whether the cap is reached with it. */
interface Taken {
  readonly bytes: Buffer;
  readonly isCapReached: boolean;
}

/** One stream of output on its way through a cap. */
interface Cap {
  /** Null: the cap was reached before. */
  take(bytes: Buffer): Taken | null;
}

export function createCap(maxBytes: number): Cap {
  let room = maxBytes;
  return {
    take(bytes) {
      if (room <= 0) return null;
      const kept = bytes.length > room ? bytes.subarray(0, room) : bytes;
      room -= kept.length;
      return { bytes: kept, isCapReached: room === 0 };
    },
  };
}
