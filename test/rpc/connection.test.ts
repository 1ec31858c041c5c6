import { expect, test } from "vitest";
import * as z from "zod";
import { RpcError } from "../../src/protocol/errors.ts";
import { createPeer, RequestEnded, type Handlers } from "../../src/rpc/connection.ts";
import { linkedTransports } from "../../src/rpc/linked.ts";
import { nextTick } from "../helpers/byte-streams.ts";

const methods = {
  "sum/of": {
    params: z.object({ numbers: z.array(z.number()), scale: z.number().default(1) }),
    result: z.object({ sum: z.number() }),
  },
  "word/pick": {
    params: z.object({
      word: z.enum(["yes", "no"]),
      how: z.discriminatedUnion("type", [z.object({ type: z.literal("loud") })]).optional(),
    }),
    result: z.object({}),
  },
  "nothing/needed": { params: z.object({}).nullish(), result: z.object({}) },
  "door/wait": { params: z.object({}), result: z.object({ wasAborted: z.boolean() }) },
} as const;
const notices = { tick: z.object({ n: z.number() }) } as const;
const none = { methods: {}, notifications: {} } as const;
const served = { methods, notifications: notices } as const;

const handlers: Handlers<typeof methods> = {
  "sum/of": async ({ numbers, scale }) => ({ sum: numbers.reduce((sum, n) => sum + n, 0) * scale }),
  "word/pick": async () => ({}),
  "nothing/needed": async () => ({}),
  "door/wait": (_, signal) =>
    new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve({ wasAborted: true }));
    }),
};

function pair(
  overrides: Partial<Handlers<typeof methods>> = {},
  options: { maxInFlight?: number; now?: () => number } = {},
) {
  const [near, far] = linkedTransports();
  const faults: string[] = [];
  const ticks: unknown[] = [];
  const server = createPeer({
    transport: far,
    local: served,
    handlers: { ...handlers, ...overrides },
    remote: none,
    onFault: (fault) => faults.push(fault),
    ...options,
  });
  const client = createPeer({
    transport: near,
    local: none,
    handlers: {},
    remote: served,
    onNotification: (notification) => ticks.push(notification),
    onFault: (fault) => faults.push(fault),
  });
  return { server, client, faults, ticks };
}

/** The server's side alone: what goes over the wire is written by hand. */
function rawPair(overrides: Partial<Handlers<typeof methods>> = {}) {
  const [near, far] = linkedTransports();
  const faults: string[] = [];
  const received: unknown[] = [];
  createPeer({
    transport: far,
    local: served,
    handlers: { ...handlers, ...overrides },
    remote: none,
    onFault: (fault) => faults.push(fault),
  });
  near.listen({ message: (value) => received.push(value), closed: () => undefined });
  return {
    faults,
    exchange: async (...messages: unknown[]) => {
      for (const message of messages) near.send(message as never);
      for (let round = 0; round < 5; round++) await nextTick();
      return received;
    },
  };
}

const error = (id: unknown, message: string, code = -32600) => ({ error: { code, message }, id });

test("a request reaches its handler with defaults filled in, and its answer the caller", async () => {
  const { client } = pair();
  expect(await client.request("sum/of", { numbers: [1, 2, 3] })).toEqual({ sum: 6 });
});

test("ids are echoed with their type, `jsonrpc` is neither needed nor sent", async () => {
  const { exchange } = rawPair();
  const params = { numbers: [1] };
  expect(
    await exchange(
      { method: "sum/of", id: "x", params },
      { jsonrpc: "2.0", method: "sum/of", id: 1, params },
      { method: "sum/of", id: "1", params, unknown: true },
    ),
  ).toEqual(["x", 1, "1"].map((id) => ({ id, result: { sum: 1 } })));
});

test("the same id twice at once is answered twice", async () => {
  const { exchange } = rawPair();
  const request = { method: "sum/of", id: 7, params: { numbers: [1] } };
  expect(await exchange(request, request)).toHaveLength(2);
});

test("errors carry the words of the protocol and the error member first", async () => {
  const { exchange } = rawPair();
  const request = (id: number, method: string, params?: unknown) => ({ method, id, params });
  const answers = await exchange(
    request(1, "nope/method", {}),
    request(2, "sum/of"),
    request(3, "sum/of", null),
    request(4, "sum/of", {}),
    request(5, "sum/of", { numbers: "x" }),
    request(6, "sum/of", { numbers: [true] }),
    request(7, "sum/of", { numbers: [], scale: { a: 1 } }),
    request(8, "word/pick", { word: "maybe" }),
    request(9, "word/pick", { word: 5 }),
    request(10, "word/pick", { word: "yes", how: { type: "quiet" } }),
    request(11, "word/pick", { word: "yes", how: {} }),
    request(12, "sum/of", []),
    request(13, "word/pick", { word: "yes", how: null }),
  );
  const known = "`sum/of`, `word/pick`, `nothing/needed`, `door/wait`";
  expect(answers).toEqual([
    error(1, `Invalid request: unknown variant \`nope/method\`, expected one of ${known}`),
    error(2, "Invalid request: missing field `params`"),
    error(3, "Invalid request: missing field `params`"),
    error(4, "Invalid request: missing field `numbers`"),
    error(5, 'Invalid request: invalid type: string "x", expected a sequence'),
    error(6, "Invalid request: invalid type: boolean `true`, expected u32"),
    error(7, "Invalid request: invalid type: map, expected u32"),
    error(8, "Invalid request: unknown variant `maybe`, expected one of `yes`, `no`"),
    error(9, "Invalid request: invalid type: integer `5`, expected `yes`, `no`"),
    error(10, "Invalid request: unknown variant `quiet`, expected `loud`"),
    error(11, "Invalid request: missing field `type`"),
    error(12, "Invalid request: invalid type: sequence, expected a map"),
    error(13, "Invalid request: invalid type: null, expected a map"),
  ]);
  expect(Object.keys(answers[0] ?? {})).toEqual(["error", "id"]);
});

test("methods of the prototype are no methods", async () => {
  const { exchange } = rawPair();
  const [answer] = await exchange({ method: "toString", id: 1, params: {} });
  expect(JSON.stringify(answer)).toContain("unknown variant `toString`");
});

test("a method that takes no params accepts their absence", async () => {
  const { exchange } = rawPair();
  expect(
    await exchange({ method: "nothing/needed", id: 1 }, { method: "nothing/needed", id: 2, params: null }),
  ).toEqual([
    { id: 1, result: {} },
    { id: 2, result: {} },
  ]);
});

test("an error of a handler's choice crosses the wire, any other becomes an internal error and is logged", async () => {
  const { exchange, faults } = rawPair({
    "word/pick": async () => Promise.reject(new RpcError(-32001, "busy", { after: 1 })),
    "nothing/needed": async () => Promise.reject(new Error("secret detail")),
  });
  const [chosen, internal] = await exchange(
    { method: "word/pick", id: 1, params: { word: "yes" } },
    { method: "nothing/needed", id: 2 },
  );
  expect(chosen).toEqual({ error: { code: -32001, message: "busy", data: { after: 1 } }, id: 1 });
  expect(internal).toMatchObject({ error: { code: -32603 }, id: 2 });
  expect(JSON.stringify(internal)).not.toContain("secret detail");
  expect(faults).toEqual(["nothing/needed failed"]);
});

test("an answer that cannot be written becomes an error, so that nobody waits for it", async () => {
  const { exchange, faults } = rawPair({
    "nothing/needed": async () => {
      const result: Record<string, never> = {};
      Object.assign(result, { itself: result });
      return result;
    },
  });
  const answers = await exchange({ method: "nothing/needed", id: 1 });
  expect(answers).toEqual([error(1, "The answer is too large to be sent.", -32603)]);
  expect(faults).toEqual(["an answer could not be sent"]);
});

test("JSON that is no message gets no answer, one line in the log, and the connection lives on", async () => {
  const { exchange, faults } = rawPair();
  const answers = await exchange(
    [],
    123,
    "",
    {},
    { id: 6 },
    null,
    true,
    { method: 5, id: 1 },
    {
      method: "nothing/needed",
      id: 9,
    },
  );
  expect(answers).toEqual([{ id: 9, result: {} }]);
  expect(faults).toEqual(Array.from({ length: 8 }, () => "ignored JSON that is no message"));
});

test("answers to unknown ids, unknown notifications and cancel messages are ignored", async () => {
  const { exchange, faults } = rawPair();
  const answers = await exchange(
    { id: "x1", result: {} },
    { error: { code: 1, message: "late" }, id: 3 },
    { method: "unknown/notification", params: {} },
    { method: "$/cancelRequest" },
    { method: "$/cancelRequest", params: { id: 9 } },
    { method: "$/progress", params: 5 },
    { method: "nothing/needed", id: 9 },
  );
  expect({ answers, faults }).toEqual({ answers: [{ id: 9, result: {} }], faults: [] });
});

test("notifications are stamped where asked, parsed, and dropped when they do not fit", async () => {
  const { server, ticks, faults } = pair({}, { now: () => 1234 });
  server.notify("tick", { n: 1 });
  server.notify("tick", { n: "no" as never });
  await nextTick();
  expect(ticks).toEqual([{ method: "tick", params: { n: 1 }, emittedAtMs: 1234 }]);
  expect(faults).toEqual(["ignored a notification tick with bad params at n"]);
});

test("a caller has its answer before a notification that followed it is delivered", async () => {
  const seen: string[] = [];
  const [near, far] = linkedTransports();
  const client = createPeer({
    transport: near,
    local: none,
    handlers: {},
    remote: served,
    onNotification: ({ params }) => seen.push(`tick ${params.n}`),
  });
  far.listen({ message: () => undefined, closed: () => undefined });
  const first = client.request("sum/of", { numbers: [] }).then(async ({ sum }) => {
    await Promise.resolve();
    seen.push(`answer ${sum}`);
  });
  far.send({ method: "tick", params: { n: 0 } });
  far.send({ id: 0, result: { sum: 1 } });
  far.send({ method: "tick", params: { n: 2 } });
  far.send({ method: "tick", params: { n: 3 } });
  await first;
  await nextTick();
  expect(seen).toEqual(["tick 0", "answer 1", "tick 2", "tick 3"]);
});

test("an answer that does not fit the table is an error for the caller", async () => {
  const { client } = pair({ "sum/of": async () => ({ sum: "six" as never }) });
  await expect(client.request("sum/of", { numbers: [] })).rejects.toThrow(
    "The answer to sum/of is not understood, at sum.",
  );
});

test("the other side's error rejects the request with its code and data", async () => {
  const { client } = pair({ "sum/of": async () => Promise.reject(new RpcError(-32600, "no", 5)) });
  const failure: unknown = await client.request("sum/of", { numbers: [] }).catch((reason: unknown) => reason);
  expect(failure).toBeInstanceOf(RpcError);
  expect(failure).toMatchObject({ code: -32600, message: "no", data: 5 });
});

test("when the connection ends every pending request rejects and every handler's signal aborts", async () => {
  let wasAborted = false;
  const { client, server } = pair({
    "door/wait": (_, signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          wasAborted = true;
          resolve({ wasAborted });
        });
      }),
  });
  const pending = [client.request("door/wait", {}), client.request("door/wait", {})];
  const outcomes = Promise.allSettled(pending);
  await nextTick();
  await client.dispose();
  for (const outcome of await outcomes) {
    expect(outcome).toMatchObject({ status: "rejected", reason: { name: "RequestEnded", reason: "closed" } });
  }
  expect(await client.closed).toBeNull();
  expect(await server.closed).toBeNull();
  expect(wasAborted).toBe(true);
  await expect(client.request("sum/of", { numbers: [] })).rejects.toBeInstanceOf(RequestEnded);
});

test("giving up a request sends nothing and ignores the late answer", async () => {
  const { client, faults } = pair();
  const giveUp = new AbortController();
  const waiting = client.request("door/wait", {}, giveUp.signal);
  await nextTick();
  giveUp.abort();
  await expect(waiting).rejects.toMatchObject({ reason: "aborted" });
  await expect(client.request("door/wait", {}, AbortSignal.abort())).rejects.toMatchObject({ reason: "aborted" });
  expect(faults).toEqual([]);
});

test("a request of the other side can be aborted by its id, and is answered all the same", async () => {
  const { client, server } = pair();
  const { id, result } = client.send("door/wait", {});
  expect(id).toBe(0);
  await nextTick();
  server.abort(99);
  server.abort(id);
  expect(await result).toEqual({ wasAborted: true });
});

test("ids of outgoing requests count from 0 on each connection", async () => {
  const { client } = pair();
  const ids = [1, 2, 3].map(() => client.send("sum/of", { numbers: [] }).id);
  expect(ids).toEqual([0, 1, 2]);
});

test("disposing waits for running handlers and sends their answers", async () => {
  let finish = (): void => undefined;
  const { client, server } = pair({
    "nothing/needed": () =>
      new Promise((resolve) => {
        finish = () => resolve({});
      }),
  });
  const answer = client.request("nothing/needed", {});
  await nextTick();
  const disposed = server.dispose();
  finish();
  expect(await answer).toEqual({});
  await disposed;
});

test("requests beyond the limit are answered with overload at once", async () => {
  const { client } = pair({}, { maxInFlight: 2 });
  const waiting = [client.request("door/wait", {}), client.request("door/wait", {})].map((request) =>
    request.catch(() => "ended"),
  );
  await expect(client.request("sum/of", { numbers: [] })).rejects.toMatchObject({
    code: -32001,
    message: "Server overloaded; retry later.",
  });
  await client.dispose();
  expect(await Promise.all(waiting)).toEqual(["ended", "ended"]);
});

test("5,000 requests at once are all answered, each with its own answer", async () => {
  const { client } = pair();
  const sums = await Promise.all(Array.from({ length: 5000 }, (_, n) => client.request("sum/of", { numbers: [n, 1] })));
  expect(sums).toEqual(Array.from({ length: 5000 }, (_, n) => ({ sum: n + 1 })));
});

test("params of 5 MB go through", async () => {
  const { client } = pair();
  const numbers = Array.from({ length: 2_500_000 }, () => 1);
  expect(await client.request("sum/of", { numbers })).toEqual({ sum: 2_500_000 });
});
