import { EventEmitter } from "node:events";
import type { ByteSink, ByteSource } from "../../src/rpc/json-lines.ts";

/** A readable end that a test fills, and a writable end that keeps what was written and can be full. */
export function byteStreams() {
  const input = new EventEmitter();
  const output = new EventEmitter();
  const writes: string[] = [];
  const pending: (() => void)[] = [];
  const state = { isFull: false };
  const source: ByteSource = {
    on: (event: string, listener: (value: never) => void) =>
      input.on(event, (value: unknown) => listener(value as never)),
  };
  const sink: ByteSink = {
    on: (event: string, listener: (value: never) => void) =>
      output.on(event, (value: unknown) => listener(value as never)),
    write(text, written) {
      writes.push(text);
      if (state.isFull) pending.push(written);
      else setImmediate(written);
      return !state.isFull;
    },
  };
  return {
    source,
    sink,
    writes,
    feed: (bytes: Uint8Array | string) =>
      input.emit("data", typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes),
    end: () => input.emit("end"),
    fail: (error: Error) => output.emit("error", error),
    fill: () => {
      state.isFull = true;
    },
    drain: () => {
      state.isFull = false;
      for (const written of pending.splice(0)) written();
      output.emit("drain");
    },
  };
}

/** Lets everything that is due in this tick and the next happen. */
export const nextTick = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
