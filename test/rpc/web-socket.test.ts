import { expect, test } from "vitest";
import type { WireMessage } from "../../src/rpc/message.ts";
import { type OpenSocket, webSocketTransport, type WebSocketOptions } from "../../src/rpc/web-socket.ts";

/** A socket that a test feeds, and that keeps what was sent until it is drained. */
function open(options: Partial<WebSocketOptions> = {}) {
  const sent: string[] = [];
  const closes: (readonly [number, string])[] = [];
  const pending: (() => void)[] = [];
  let events: Parameters<OpenSocket["listen"]>[0] | null = null;
  const socket: OpenSocket = {
    listen(given) {
      events = given;
    },
    send(text, done) {
      sent.push(text);
      pending.push(done);
    },
    close: (code, reason) => void closes.push([code, reason]),
  };
  const received: unknown[] = [];
  const skipped: string[] = [];
  const ends: (string | null)[] = [];
  const transport = webSocketTransport({ socket, onSkipped: (reason) => skipped.push(reason), ...options });
  transport.listen({
    message: (value) => received.push(value),
    closed: (reason) => ends.push(reason?.message ?? null),
  });
  return {
    transport,
    sent,
    closes,
    received,
    skipped,
    ends,
    feed: (text: string) => events?.onText(text),
    feedBinary: () => events?.onBinary(),
    end: (reason: Error | null) => events?.onClosed(reason),
    drain: () => {
      for (const done of pending.splice(0)) done();
    },
  };
}

const notice = (text: string): WireMessage => ({ method: "note", params: { text } });

test("each message is a frame, each frame a message", () => {
  const { transport, feed, sent, received } = open();
  transport.send(notice("a"));
  transport.send(notice("b"));
  feed('{"id":1,"result":{}}');
  expect({ sent: sent.map((text) => JSON.parse(text) as unknown), received }).toEqual({
    sent: [notice("a"), notice("b")],
    received: [{ id: 1, result: {} }],
  });
});

test("a frame that is no text or no JSON is reported without its content, and the next one is read", () => {
  const { feed, feedBinary, received, skipped } = open();
  feed('{"apiKey":"sk-secret');
  feedBinary();
  feed('{"a":1}\n{"b":2}');
  feed('{"c":3}');
  expect({ received, skipped }).toEqual({
    received: [{ c: 3 }],
    skipped: ["a frame of 20 characters is not JSON", "a frame is not text", "a frame of 15 characters is not JSON"],
  });
});

test("while the socket is full, messages wait, and closing waits for them", async () => {
  const { transport, sent, closes, drain, ends } = open();
  transport.send(notice("x".repeat(2 * 1024 * 1024)));
  transport.send(notice("later"));
  let isClosed = false;
  const closing = transport.close().then(() => {
    isClosed = true;
  });
  transport.send(notice("too late"));
  await Promise.resolve();
  expect({ isClosed, frames: sent.length, closes }).toEqual({ isClosed: false, frames: 1, closes: [] });
  drain();
  expect(sent).toHaveLength(2);
  drain();
  await closing;
  expect({ closes, ends }).toEqual({ closes: [[1001, ""]], ends: [null] });
});

test("a client that does not read at all is closed with the reason, beyond the bound", () => {
  const { transport, closes, ends, drain } = open({ maxQueuedChars: 3 * 1024 * 1024 });
  const long = "x".repeat(1024 * 1024);
  for (let count = 0; count < 6; count++) transport.send(notice(long));
  expect(closes).toEqual([[1008, expect.stringMatching(/^3145\d+ characters wait to be read$/u)]]);
  expect(ends).toEqual([
    expect.stringMatching(/^The other side does not read: 3145\d+ characters wait to be read\.$/u),
  ]);
  drain();
  transport.send(notice("nobody is there"));
});

test("the end of the socket is told once, and nothing is sent after it", async () => {
  const { transport, end, ends, sent } = open();
  end(new Error("reset"));
  end(null);
  transport.send(notice("lost"));
  await transport.close();
  expect({ ends, sent }).toEqual({ ends: ["reset"], sent: [] });
});
