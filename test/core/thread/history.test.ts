import { expect, test } from "vitest";
import { createHistory } from "../../../src/core/thread/history.ts";

const bytesOf = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString("utf8");

test("the chunks of a history are the beginning of the chunks of the longer one, byte for byte", () => {
  const history = createHistory();
  let before = "";
  for (let n = 0; n < 500; n++) {
    history.append(JSON.stringify({ n, text: "ü".repeat(n) }), false);
    const now = bytesOf(history.chunks());
    expect(now.startsWith(before)).toBe(true);
    before = now;
  }
  expect((JSON.parse(`[${before}]`) as { n: number }[]).map(({ n }) => n)).toEqual(
    Array.from({ length: 500 }, (_, n) => n),
  );
  expect(history.byteLength).toBe(Buffer.byteLength(before));
});

test("a long history is a short list of buffers, and those handed out are not touched again", () => {
  const history = createHistory();
  const item = JSON.stringify({ text: "x".repeat(2000) });
  for (let n = 0; n < 2000; n++) history.append(item, false);
  const first = history.chunks();
  expect(first.length).toBeLessThan(200);
  const copy = bytesOf(first);
  for (let n = 0; n < 500; n++) history.append(item, false);
  expect(bytesOf(first)).toBe(copy);
});

test("a history keeps no more memory alive than a small multiple of its bytes", () => {
  for (const items of [1, 20, 200, 2000]) {
    const history = createHistory();
    for (let n = 0; n < items; n++) history.append(JSON.stringify({ n, text: "x".repeat(n) }), false);
    const kept = new Set(history.chunks().map(({ buffer }) => buffer));
    const bytes = [...kept].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(bytes).toBeLessThanOrEqual(4096 + 3 * history.byteLength);
  }
});
