import { expect, test } from "vitest";
import { jsonLines, type JsonLinesOptions } from "../../src/rpc/json-lines.ts";
import { byteStreams, nextTick } from "../helpers/byte-streams.ts";

function open(options: Partial<JsonLinesOptions> = {}) {
  const streams = byteStreams();
  const skipped: string[] = [];
  const received: unknown[] = [];
  const ends: (Error | null)[] = [];
  const transport = jsonLines({
    input: streams.source,
    output: streams.sink,
    onSkipped: (reason) => skipped.push(reason),
    ...options,
  });
  transport.listen({
    message: (value) => received.push(value),
    closed: (reason) => ends.push(reason),
  });
  return { ...streams, transport, skipped, received, ends };
}

const notice = (text: string) => ({ method: "note", params: { text } });

test("a line may arrive in any pieces, cut inside characters too", () => {
  const bytes = new TextEncoder().encode('{"a":"äöü😀"}\n{"b":2}\n');
  for (let size = 1; size <= bytes.length; size++) {
    const { feed, received } = open();
    for (let at = 0; at < bytes.length; at += size) feed(bytes.slice(at, at + size));
    expect(received).toEqual([{ a: "äöü😀" }, { b: 2 }]);
  }
});

test("empty lines and CR before LF are ignored", () => {
  const { feed, received, skipped } = open();
  feed('\n\r\n{"a":1}\r\n\n');
  expect({ received, skipped }).toEqual({ received: [{ a: 1 }], skipped: [] });
});

test("a line that is not JSON is reported without its content, and the next one is read", () => {
  const { feed, received, skipped } = open();
  feed('{"apiKey":"sk-secret\n{"a":1}\n');
  expect(received).toEqual([{ a: 1 }]);
  expect(skipped).toEqual(["a line of 20 characters is not JSON"]);
});

test.each([
  ["in one chunk", 1000],
  ["in small chunks", 7],
])("a line beyond the limit is skipped and reported once, %s", (_, size) => {
  const { feed, received, skipped } = open({ maxLineBytes: 20 });
  const text = `{"a":1}\n"${"x".repeat(90)}"\n{"b":2}\n`;
  for (let at = 0; at < text.length; at += size) feed(text.slice(at, at + size));
  expect(received.at(0)).toEqual({ a: 1 });
  expect(received.at(-1)).toEqual({ b: 2 });
  if (size < 20) expect(skipped).toEqual(["a line is longer than 20 bytes"]);
});

test("the last line needs no LF", () => {
  const { feed, end, received, ends } = open();
  feed('{"a":1}');
  end();
  expect({ received, ends }).toEqual({ received: [{ a: 1 }], ends: [null] });
});

test("what is sent within a tick leaves in one write", async () => {
  const { transport, writes } = open();
  transport.send(notice("a"));
  transport.send(notice("b"));
  await nextTick();
  expect(writes).toEqual(['{"method":"note","params":{"text":"a"}}\n{"method":"note","params":{"text":"b"}}\n']);
});

test("nothing is written while the stream is full, and all of it after", async () => {
  const { transport, writes, fill, drain } = open();
  fill();
  transport.send(notice("a"));
  await nextTick();
  transport.send(notice("b"));
  transport.send(notice("c"));
  await nextTick();
  expect(writes).toHaveLength(1);
  drain();
  expect(writes).toHaveLength(2);
  expect(writes[1]).toContain('"b"');
  expect(writes[1]).toContain('"c"');
});

test("a reader who does not read is given up beyond the bound", async () => {
  const { transport, fill, ends } = open({ maxQueuedChars: 100 });
  fill();
  for (let count = 0; count < 10; count++) transport.send(notice("much"));
  await nextTick();
  expect(ends).toHaveLength(1);
  expect(ends[0]?.message).toContain("does not read");
});

test("one message beyond the bound is no reason to give up a reader who reads", async () => {
  const { transport, writes, ends } = open({ maxQueuedChars: 100 });
  transport.send(notice("small"));
  transport.send(notice("x".repeat(1000)));
  await nextTick();
  expect({ ends, writes: writes.join("").split("\n").length }).toEqual({ ends: [], writes: 3 });
});

test("closing waits until everything was written", async () => {
  const { transport, writes, fill, drain } = open();
  fill();
  transport.send(notice("a"));
  let isClosed = false;
  const closing = transport.close().then(() => {
    isClosed = true;
  });
  await nextTick();
  expect({ isClosed, writes: writes.length }).toEqual({ isClosed: false, writes: 1 });
  drain();
  await closing;
  expect(isClosed).toBe(true);
});

test("answers can still leave after the input has ended", async () => {
  const { transport, end, ends, writes } = open();
  end();
  expect(ends).toEqual([null]);
  transport.send(notice("late"));
  await transport.close();
  expect(writes).toHaveLength(1);
});

test("a broken output ends the channel with the reason", async () => {
  const { transport, fail, ends } = open();
  fail(new Error("EPIPE"));
  transport.send(notice("lost"));
  await transport.close();
  expect(ends.map((reason) => reason?.message)).toEqual(["EPIPE"]);
});
