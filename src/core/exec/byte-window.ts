/**
 * The first and the last bytes of a stream, in bounded memory. Offsets count from the beginning of the stream. The head grows with
 * what arrives; the ring for the tail is allocated only when the head is full.
 */
export interface ByteWindow {
  /** Bytes received in all. */
  readonly total: number;
  /** False as soon as a byte was dropped between head and tail. */
  readonly isWhole: boolean;
  /** Copies the bytes. */
  push(bytes: Uint8Array): void;
  /** End of the head: bytes `[0, headEnd)` are in memory. */
  readonly headEnd: number;
  /** Start of the tail: bytes `[tailStart, total)` are in memory; equals `headEnd` while the window is whole. */
  readonly tailStart: number;
  /** A copy of `[from, to)`, which must lie in what is in memory. */
  slice(from: number, to: number): Buffer;
}

/** @param headBytes capacity of the head; @param tailBytes capacity of the tail. */
export function createByteWindow(headBytes: number, tailBytes: number): ByteWindow {
  let head = Buffer.alloc(0);
  let headEnd = 0;
  let ring: Buffer | null = null;
  let total = 0;

  const tailStart = () => Math.max(headEnd, total - tailBytes);

  function pushHead(bytes: Uint8Array): void {
    if (headEnd + bytes.length > head.length) {
      const grown = Buffer.allocUnsafeSlow(
        Math.min(headBytes, Math.max(4096, head.length * 2, headEnd + bytes.length)),
      );
      head.copy(grown, 0, 0, headEnd);
      head = grown;
    }
    head.set(bytes, headEnd);
    headEnd += bytes.length;
  }

  function pushTail(bytes: Uint8Array, at: number): void {
    ring ??= Buffer.allocUnsafeSlow(tailBytes);
    const kept = bytes.length > tailBytes ? bytes.subarray(bytes.length - tailBytes) : bytes;
    const start = (at + bytes.length - kept.length - headEnd) % tailBytes;
    const first = Math.min(kept.length, tailBytes - start);
    ring.set(kept.subarray(0, first), start);
    ring.set(kept.subarray(first), 0);
  }

  return {
    get total() {
      return total;
    },
    get isWhole() {
      return total - headEnd <= tailBytes;
    },
    get headEnd() {
      return headEnd;
    },
    get tailStart() {
      return tailStart();
    },
    push(bytes) {
      const forHead = Math.min(bytes.length, headBytes - headEnd);
      if (forHead > 0) pushHead(bytes.subarray(0, forHead));
      if (forHead < bytes.length) pushTail(bytes.subarray(forHead), total + forHead);
      total += bytes.length;
    },
    slice(from, to) {
      const out = Buffer.allocUnsafe(Math.max(0, to - from));
      let at = 0;
      if (from < headEnd) at += head.copy(out, 0, from, Math.min(to, headEnd));
      if (ring !== null && to > headEnd) {
        const start = (Math.max(from, headEnd) - headEnd) % tailBytes;
        const length = to - Math.max(from, headEnd);
        const first = Math.min(length, tailBytes - start);
        at += ring.copy(out, at, start, start + first);
        ring.copy(out, at, 0, length - first);
      }
      return out;
    },
  };
}
