import { expect, test } from "vitest";
import { clientMethods } from "../../src/protocol/methods.ts";
import { rawClient, startServer } from "../helpers/app-server.ts";

const unknown = "01a1f7ca-0000-7000-8000-000000000000";
const anyString: unknown = expect.any(String);
const initialize = { id: "init", method: "initialize", params: { clientInfo: { name: "probe", version: "1" } } };
const error = (id: unknown, message: unknown, code = -32600) => ({ error: { code, message }, id });

/** Sends requests one by one, so that the order of the answers is that of the requests. */
async function answers(requests: readonly object[]) {
  const { server } = startServer();
  const raw = rawClient(server);
  const found: unknown[] = [];
  for (const [index, request] of requests.entries()) {
    raw.send({ id: index, ...request });
    for (;;) {
      await raw.until(found.length + 1);
      const next = raw.received[found.length];
      found.push(next);
      if (typeof next === "object" && next !== null && ("error" in next || "result" in next)) break;
    }
  }
  return found;
}

test("requests before initialize are refused, after their params were looked at", async () => {
  expect(
    await answers([
      { method: "thread/list", params: {} },
      { method: "nope/method", params: {} },
      { method: "initialize", params: {} },
      { method: "initialize" },
    ]),
  ).toEqual([
    error(0, "Not initialized"),
    error(1, expect.stringMatching(/^Invalid request: unknown variant `nope\/method`, expected one of `initialize`, /)),
    error(2, "Invalid request: missing field `clientInfo`"),
    error(3, "Invalid request: missing field `params`"),
  ]);
});

test("initialize answers, is followed by the remote control status, and is refused a second time", async () => {
  const found = await answers([initialize, { ...initialize, id: 2 }]);
  expect(found).toMatchObject([
    {
      id: "init",
      result: { platformFamily: anyString, platformOs: anyString, codexHome: anyString },
    },
    {
      method: "remoteControl/status/changed",
      params: { status: "disabled", serverName: anyString, environmentId: null },
      emittedAtMs: expect.any(Number) as unknown,
    },
    error(2, "Already initialized"),
  ]);
  expect(JSON.stringify(found[0])).toMatch(/"userAgent":"probe\/\d+\.\d+\.\d+ \(.*\) .* \(probe; 1\)"/);
});

const cases: readonly (readonly [object, string])[] = [
  [{ method: "thread/start", params: { cwd: 5 } }, "Invalid request: invalid type: integer `5`, expected a string"],
  [{ method: "thread/start", params: null }, "Invalid request: missing field `params`"],
  [{ method: "thread/start" }, "Invalid request: missing field `params`"],
  [
    { method: "thread/start", params: { approvalPolicy: "bogus" } },
    "Invalid request: unknown variant `bogus`, expected one of `untrusted`, `on-request`, `never`",
  ],
  [
    { method: "thread/start", params: { cwd: "relative/path" } },
    "Invalid request: AbsolutePathBuf deserialized without a base path",
  ],
  [
    { method: "thread/start", params: { model: "" } },
    "No models are available. Set `model` explicitly or check your model catalog configuration.",
  ],
  [{ method: "turn/start", params: {} }, "Invalid request: missing field `threadId`"],
  [
    { method: "turn/start", params: { threadId: "x", input: [] } },
    "invalid thread id: invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], found `x` at 1",
  ],
  [
    { method: "turn/start", params: { threadId: unknown, input: [{ type: "text", text: "x" }] } },
    `thread not found: ${unknown}`,
  ],
  [
    { method: "turn/start", params: { threadId: unknown, input: [{ type: "bogus" }] } },
    "Invalid request: unknown variant `bogus`, expected one of `text`, `image`, `localImage`, `skill`, `mention`",
  ],
  [
    { method: "turn/start", params: { threadId: unknown, input: [], collaborationMode: { mode: "plan" } } },
    "turn/start.collaborationMode requires experimentalApi capability",
  ],
  [{ method: "turn/interrupt", params: { threadId: unknown, turnId: "t" } }, `thread not found: ${unknown}`],
  [{ method: "thread/read", params: { threadId: unknown } }, `thread not loaded: ${unknown}`],
  [{ method: "thread/resume", params: { threadId: unknown } }, `no rollout found for thread id ${unknown}`],
  [
    { method: "thread/resume", params: { threadId: "bad" } },
    "invalid session id: invalid length: expected length 32 for simple format, found 3",
  ],
  [{ method: "thread/list", params: { limit: "x" } }, 'Invalid request: invalid type: string "x", expected u32'],
  [{ method: "model/list" }, "Invalid request: missing field `params`"],
  [{ method: "model/list", params: { cursor: "x" } }, "invalid cursor: x"],
  [{ method: "account/login/start", params: { type: "apiKey" } }, "Invalid request: missing field `apiKey`"],
];

test.each(cases)("%j is refused as clients expect", async (request, message) => {
  expect((await answers([initialize, request])).at(-1)).toEqual(error(1, message));
});

test("turn/steer and turn/interrupt say when nothing runs", async () => {
  const { server } = startServer();
  const raw = rawClient(server);
  raw.send(initialize);
  raw.send({ id: 1, method: "thread/start", params: {} });
  await raw.until(4);
  const threadId = /"thread":\{"id":"([^"]+)"/.exec(JSON.stringify(raw.received))?.[1];
  raw.send({ id: 2, method: "turn/interrupt", params: { threadId, turnId: "t" } });
  raw.send({ id: 3, method: "turn/steer", params: { threadId, expectedTurnId: "t", input: [] } });
  await raw.until(6);
  expect(raw.received.slice(4)).toEqual([error(2, "no active turn to interrupt"), error(3, "no active turn to steer")]);
});

test("methods that take no params accept their absence", async () => {
  const found = await answers([initialize, { method: "account/logout" }]);
  expect(found.at(-1)).toEqual({ id: 1, result: {} });
});

test("a fault of the server is an internal error that tells nothing of its cause", async () => {
  const { server, faults } = startServer(undefined, {
    listModels: async () => Promise.reject(new Error("stack of secrets")),
  });
  const raw = rawClient(server);
  raw.send(initialize);
  raw.send({ id: 1, method: "model/list", params: {} });
  await raw.until(3);
  expect(raw.received).toContainEqual(
    error(1, expect.stringContaining("model/list failed because of a fault in the server"), -32603),
  );
  expect(JSON.stringify(raw.received)).not.toContain("stack of secrets");
  expect(faults).toEqual(["model/list failed"]);
});

test("every method of the table is named when an unknown one is asked for", async () => {
  const [answer] = await answers([{ method: "thread/rollback", params: {} }]);
  for (const method of Object.keys(clientMethods)) expect(JSON.stringify(answer)).toContain(`\`${method}\``);
});
