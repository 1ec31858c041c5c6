import { expect, test } from "vitest";
import { linkedTransports } from "../../src/rpc/linked.ts";
import { postMessageTransport } from "../../src/rpc/post-message.ts";
import type { WireMessage } from "../../src/rpc/message.ts";
import { nextTick } from "../helpers/byte-streams.ts";

const notice = (text: string): WireMessage => ({ method: "note", params: { text } });

test("a linked pair copies messages and delivers them in order, later", async () => {
  const [near, far] = linkedTransports();
  const received: unknown[] = [];
  far.listen({ message: (value) => received.push(value), closed: () => undefined });
  const message = { method: "note", params: { list: [1] } };
  near.send(message);
  near.send(notice("b"));
  expect(received).toEqual([]);
  await nextTick();
  expect(received).toEqual([message, notice("b")]);
  expect(received[0]).not.toBe(message);
});

test("closing a linked end delivers what was sent and ends both", async () => {
  const [near, far] = linkedTransports();
  const seen: unknown[] = [];
  far.listen({ message: (value) => seen.push(value), closed: (reason) => seen.push(["far closed", reason]) });
  near.listen({ message: () => undefined, closed: (reason) => seen.push(["near closed", reason]) });
  near.send(notice("a"));
  await near.close();
  await nextTick();
  expect(seen).toEqual(expect.arrayContaining([notice("a"), ["far closed", null], ["near closed", null]]));
  expect(seen[0]).toEqual(notice("a"));
  far.send(notice("late"));
  await nextTick();
  expect(seen).toHaveLength(3);
});

function port() {
  const posts: (readonly WireMessage[])[] = [];
  const listeners = new Set<(data: unknown) => void>();
  return {
    posts,
    listeners,
    post: (messages: readonly WireMessage[]) => void posts.push(messages),
    onMessage(listener: (data: unknown) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

test("the first message is posted in this tick, those within the frame together", async () => {
  const page = port();
  const transport = postMessageTransport(page);
  transport.send(notice("a"));
  await nextTick();
  expect(page.posts).toEqual([[notice("a")]]);
  for (const text of ["b", "c", "d"]) transport.send(notice(text));
  await nextTick();
  await transport.close();
  expect(page.posts.slice(1)).toEqual([[notice("b"), notice("c"), notice("d")]]);
});

test("a post that is no array is reported and skipped", () => {
  const page = port();
  const skipped: string[] = [];
  const received: unknown[] = [];
  postMessageTransport(page, { onSkipped: (reason) => skipped.push(reason) }).listen({
    message: (value) => received.push(value),
    closed: () => undefined,
  });
  for (const listener of page.listeners) {
    listener({ method: "note" });
    listener([{ method: "note" }, 5]);
  }
  expect({ received, skipped }).toEqual({
    received: [{ method: "note" }, 5],
    skipped: ["a post is no array of messages"],
  });
});

test("a closed port transport posts what was sent, stops listening and says so once", async () => {
  const page = port();
  const ends: unknown[] = [];
  const transport = postMessageTransport(page);
  transport.listen({ message: () => undefined, closed: (reason) => ends.push(reason) });
  transport.send(notice("a"));
  await transport.close();
  await transport.close();
  transport.send(notice("late"));
  await nextTick();
  expect({ ends, posts: page.posts, listeners: page.listeners.size }).toEqual({
    ends: [null],
    posts: [[notice("a")]],
    listeners: 0,
  });
});
