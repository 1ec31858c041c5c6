import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { ModelProviderSettings } from "../../../src/core/config/schema.ts";
import { resolveProvider } from "../../../src/core/model/provider.ts";
import { createResponsesClient } from "../../../src/core/model/responses.ts";
import type {
  ModelClient,
  ModelEvent,
  ModelFailure,
  ModelRequest,
  ResponseOutcome,
} from "../../../src/core/model/types.ts";
import {
  begin,
  completed,
  failed,
  httpScript,
  itemDone,
  message,
  sse,
  status,
  stream,
  textDelta,
  usage,
  type Step,
} from "./http-script.ts";

const hello: Step = stream(textDelta("hi"), itemDone(message("hi")), completed);
const request: ModelRequest = {
  body: [Buffer.from('{"model":"m",'), Buffer.from('"input":["é'), Buffer.from('"]}')],
  threadId: "thread-1",
  originator: "tester",
  userAgent: "tester/1 (ü)",
};

function clientOf(
  baseUrl: string | (() => Promise<string>),
  settings: ModelProviderSettings = {},
  key: () => Promise<string | null> = () => Promise.resolve("sk-secret-0123456789abcdef"),
): ModelClient {
  const resolved = resolveProvider(typeof baseUrl === "string" ? "test" : "demo", {
    providers:
      typeof baseUrl === "string"
        ? { test: { name: "Test", base_url: baseUrl, env_key: "TEST_KEY", ...settings } }
        : { demo: settings },
    env: { HEADER_VAR: "from-env" },
    demoBaseUrl: typeof baseUrl === "string" ? () => Promise.reject(new Error("not the demo")) : baseUrl,
  });
  if (resolved.kind !== "found") throw new Error(resolved.message);
  const client = createResponsesClient({ provider: resolved.provider, key, env: {}, random: () => 0 });
  onTestFinished(() => client.close());
  return client;
}

interface Answered {
  readonly outcome: ResponseOutcome;
  readonly events: readonly ModelEvent[];
}
async function ask(client: ModelClient, signal = new AbortController().signal): Promise<Answered> {
  const events: ModelEvent[] = [];
  const outcome = await client.createResponse(request, (event) => events.push(event), signal);
  return { outcome, events };
}
function failureIn({ outcome }: Answered): ModelFailure {
  if (outcome.kind !== "failed") throw new Error(`expected a failure, got ${outcome.kind}`);
  return outcome.failure;
}
/** What the client makes of one answer, and after how many requests. */
async function failureFor(
  step: Step,
  settings: ModelProviderSettings = {},
): Promise<ModelFailure & { requests: number }> {
  await using server = await httpScript(step);
  const failure = failureIn(await ask(clientOf(server.baseUrl, settings)));
  return { ...failure, requests: server.requests.length };
}

test("a request goes out as one POST with its length, the key and who asks", async () => {
  await using server = await httpScript(hello);
  const client = clientOf(`${server.baseUrl}/`, {
    http_headers: { "X-Extra": "1", "User-Agent": "mine" },
    env_http_headers: { "X-Env": "HEADER_VAR" },
    query_params: { "api-version": "2026-01-01" },
  });
  expect(await ask(client)).toEqual({
    outcome: { kind: "completed", responseId: "resp_1", usage },
    events: [
      { type: "textDelta", itemId: "msg_1", delta: "hi" },
      { type: "itemDone", item: message("hi") },
    ],
  });
  const [seen] = server.requests;
  expect(seen).toMatchObject({
    method: "POST",
    url: "/v1/responses?api-version=2026-01-01",
    body: '{"model":"m","input":["é"]}',
  });
  const { host, connection, ...headers } = seen?.headers ?? {};
  expect(host).toMatch(/^127\.0\.0\.1:/);
  expect(connection).toBe("keep-alive");
  expect(headers).toEqual({
    accept: "text/event-stream",
    "content-type": "application/json",
    "content-length": "28",
    authorization: "Bearer sk-secret-0123456789abcdef",
    originator: "tester",
    "user-agent": "mine",
    "session-id": "thread-1",
    "thread-id": "thread-1",
    "x-client-request-id": "thread-1",
    "x-extra": "1",
    "x-env": "from-env",
  });
});

test("a body of many megabytes arrives whole", async () => {
  await using server = await httpScript(hello);
  const part = Buffer.alloc(1024 * 1024, "x");
  const body = Array.from({ length: 24 }, () => part);
  const outcome = await clientOf(server.baseUrl).createResponse(
    { ...request, body },
    () => undefined,
    new AbortController().signal,
  );
  expect(outcome.kind).toBe("completed");
  expect(server.requests[0]?.body.length).toBe(24 * 1024 * 1024);
});

test("one connection serves request after request", async () => {
  await using server = await httpScript(hello);
  const client = clientOf(server.baseUrl);
  for (let n = 0; n < 5; n++) expect((await ask(client)).outcome.kind).toBe("completed");
  expect(server.requests).toHaveLength(5);
  expect(server.connections()).toBe(1);
});

test("requests at the same time do not wait for each other", async () => {
  let first: (() => void) | undefined;
  await using server = await httpScript((response) => {
    begin(response, textDelta("slow"));
    first = () => response.end(sse(completed));
  }, hello);
  const client = clientOf(server.baseUrl);
  const events: ModelEvent[] = [];
  const begun = Promise.withResolvers<undefined>();
  const slow = client.createResponse(
    request,
    (event) => {
      events.push(event);
      begun.resolve(undefined);
    },
    new AbortController().signal,
  );
  await begun.promise;
  expect((await ask(client)).outcome.kind).toBe("completed");
  first?.();
  expect((await slow).kind).toBe("completed");
});

test("a connection that was opened ahead is the one that is used", async () => {
  await using server = await httpScript(hello);
  const client = clientOf(server.baseUrl);
  client.warmUp();
  client.warmUp();
  await server.openedConnection;
  expect(server.requests).toHaveLength(0);
  expect((await ask(client)).outcome.kind).toBe("completed");
  expect(server.connections()).toBe(1);
});

test("warming up a server that is not there does no harm", async () => {
  const client = clientOf("http://127.0.0.1:1/v1", { request_max_retries: 0 });
  client.warmUp();
  expect(failureIn(await ask(client))).toMatchObject({ retry: "network" });
});

test("the connection of a long-closed server is not a failure", async () => {
  await using server = await httpScript((response, seen) => {
    // Answers the first request of each connection, then closes it under the second.
    if (server.requests.filter((other) => other.connection === seen.connection).length > 1) response.socket?.destroy();
    else hello(response, seen);
  });
  const client = clientOf(server.baseUrl);
  expect((await ask(client)).outcome.kind).toBe("completed");
  expect((await ask(client)).outcome.kind).toBe("completed");
  expect(server.requests).toHaveLength(3);
});

test("the demo's address is asked for, each time anew", async () => {
  await using one = await httpScript(hello);
  await using two = await httpScript(hello);
  const urls = [one.baseUrl, two.baseUrl];
  const client = clientOf(() => Promise.resolve(urls.shift() ?? ""));
  await ask(client);
  await ask(client);
  expect([one.requests.length, two.requests.length]).toEqual([1, 1]);
  expect(one.requests[0]?.headers.authorization).toBeUndefined();
});

test("aborting in mid-stream settles at once and closes the connection", async () => {
  await using server = await httpScript((response) => begin(response, textDelta("a")));
  const abort = new AbortController();
  const events: ModelEvent[] = [];
  const outcome = clientOf(server.baseUrl).createResponse(
    request,
    (event) => {
      events.push(event);
      abort.abort();
    },
    abort.signal,
  );
  expect(await outcome).toEqual({ kind: "aborted" });
  await server.closedConnection;
  expect(events).toHaveLength(1);
});

test("aborting before the answer, while connecting and before the start", async () => {
  const abort = new AbortController();
  await using server = await httpScript(() => abort.abort());
  expect((await ask(clientOf(server.baseUrl), abort.signal)).outcome).toEqual({ kind: "aborted" });
  await server.closedConnection;

  const hanging = new AbortController();
  const asked = ask(
    clientOf(() => new Promise(() => undefined)),
    hanging.signal,
  );
  hanging.abort();
  expect((await asked).outcome).toEqual({ kind: "aborted" });
  expect((await ask(clientOf(server.baseUrl), AbortSignal.abort())).outcome).toEqual({ kind: "aborted" });
  expect(server.requests).toHaveLength(1);
});

test("aborting ends the pause between two tries", async () => {
  const abort = new AbortController();
  await using server = await httpScript(status(500, "no"), (response) => {
    response.writeHead(500).end();
    abort.abort();
  });
  expect((await ask(clientOf(server.baseUrl, { request_max_retries: 100 }), abort.signal)).outcome).toEqual({
    kind: "aborted",
  });
  expect(server.requests).toHaveLength(2);
});

test("a server error is tried again without a word", async () => {
  await using server = await httpScript(status(503, "busy"), status(500, ""), hello);
  expect((await ask(clientOf(server.baseUrl))).outcome.kind).toBe("completed");
  expect(server.requests.map((seen) => seen.body.length)).toEqual([27, 27, 27]);
});

test("a server error that stays is a failure worth another stream", async () => {
  expect(await failureFor(status(500, { error: { message: "boom" } }), { request_max_retries: 2 })).toMatchObject({
    requests: 3,
    info: "internalServerError",
    retry: "stream",
    retryAfterMs: null,
    message: "Test cannot answer at the moment (500 Internal Server Error). boom Try again later.",
  });
});

test("a server error with retry-after is waited for in sight of the user", async () => {
  expect(await failureFor(status(503, "", { "retry-after": "7" }))).toMatchObject({
    requests: 1,
    retry: "stream",
    retryAfterMs: 7000,
  });
});

const once429 = { responseTooManyFailedAttempts: { httpStatusCode: 429 } };
test.each<[string, Step, Partial<ModelFailure>]>([
  [
    "400",
    status(400, { error: { message: "bad field" } }),
    { info: "other", retry: "no", message: "Test refused the request (400). bad field" },
  ],
  [
    "400 too long",
    status(400, { error: { code: "context_length_exceeded", message: "too long" } }),
    { info: "contextWindowExceeded", retry: "no" },
  ],
  ["401", status(401, { error: { message: "bad key" } }), { info: "unauthorized", retry: "no" }],
  ["403", status(403, "<html>no</html>"), { info: "unauthorized", retry: "no" }],
  [
    "404",
    status(404, { error: { message: "nope" } }),
    { info: { httpConnectionFailed: { httpStatusCode: 404 } }, retry: "no" },
  ],
  [
    "404 model",
    status(404, { error: { code: "model_not_found", message: "No such model." } }),
    { info: "modelNotFound", retry: "no" },
  ],
  ["413", status(413, "too large"), { info: { httpConnectionFailed: { httpStatusCode: 413 } }, retry: "no" }],
  [
    "302",
    status(302, "", { location: "http://elsewhere" }),
    { info: { httpConnectionFailed: { httpStatusCode: 302 } }, retry: "no" },
  ],
  [
    "429",
    status(429, { error: { message: "slow down" } }),
    { info: once429, retry: "no", details: "exceeded retry limit, last status: 429 Too Many Requests" },
  ],
  ["429 retry-after", status(429, "", { "retry-after": "1" }), { info: once429, retry: "stream", retryAfterMs: 1000 }],
  ["429 retry-after-ms", status(429, "", { "retry-after-ms": "250" }), { retry: "stream", retryAfterMs: 250 }],
  [
    "429 in words",
    status(429, { error: { message: "Please try again in 1m1.5s." } }),
    { retry: "stream", retryAfterMs: 61_500 },
  ],
  [
    "429 tomorrow",
    status(429, "", { "retry-after": "86400" }),
    {
      retry: "no",
      retryAfterMs: null,
      message: "Test takes no more requests for now (429). Try again in 1440 minutes.",
    },
  ],
  [
    "429 usage limit",
    status(429, { error: { type: "usage_limit_reached", message: "Limit." } }),
    { info: "usageLimitExceeded", retry: "no", message: "Limit." },
  ],
  [
    "429 quota",
    status(429, { error: { type: "insufficient_quota", code: "insufficient_quota", message: "Quota." } }),
    { info: "usageLimitExceeded", retry: "no" },
  ],
  [
    "HTML page",
    (response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>Sign in to the Wi-Fi"),
    { retry: "no" },
  ],
  [
    "no completed",
    stream(textDelta("x")),
    {
      info: "other",
      retry: "stream",
      details: "stream disconnected before completion: stream closed before response.completed",
    },
  ],
  [
    "failed: context",
    stream(failed("context_length_exceeded", "too long")),
    { info: "contextWindowExceeded", retry: "no" },
  ],
  [
    "failed: rate",
    stream(failed("rate_limit_exceeded", "Rate limit reached. Please try again in 1.5s.")),
    {
      retry: "stream",
      retryAfterMs: 1500,
      details: "rate limit exceeded: Rate limit reached. Please try again in 1.5s.",
    },
  ],
  ["failed: quota", stream(failed("insufficient_quota", "")), { info: "usageLimitExceeded", retry: "no" }],
  [
    "failed: server",
    stream(failed("server_error", "srv")),
    { info: "other", retry: "stream", details: "stream disconnected before completion: srv" },
  ],
  ["failed: overloaded", stream(failed("server_is_overloaded", "full")), { info: "serverOverloaded", retry: "no" }],
  [
    "failed: prompt",
    stream(failed("invalid_prompt", "bad prompt")),
    { info: "other", retry: "no", message: "bad prompt" },
  ],
  [
    "error event",
    stream({ type: "error", code: "insufficient_quota", message: "none left" }),
    { info: "usageLimitExceeded", retry: "no" },
  ],
  [
    "error event, nested",
    stream({ type: "error", error: { type: "server_error", message: "srv" } }),
    { retry: "stream" },
  ],
  [
    "incomplete",
    stream({ type: "response.incomplete", response: { incomplete_details: { reason: "max_output_tokens" } } }),
    { info: "other", retry: "no", message: "Incomplete response returned, reason: max_output_tokens" },
  ],
])("%s fails after one request, as said", async (_name, step, expected) => {
  expect(await failureFor(step)).toMatchObject({ ...expected, requests: 1 });
});

test("a refused key says what to do and never shows the key", async () => {
  const failure = await failureFor((response, seen) => {
    status(401, {
      error: { message: `Incorrect key ${seen.headers.authorization ?? ""} / sk-secret-0123456789abcdef` },
    })(response, seen);
  });
  expect(failure.message).toBe(
    'Test did not accept the API key (401). Incorrect key Bearer [redacted] / [redacted] Sign in again with a valid key (command "Turnwright: Sign In...", or "turnwright login") or set TEST_KEY.',
  );
  expect(JSON.stringify(failure)).not.toContain("0123456789");
});

test("without a key nothing is sent, and the message says how to give one", async () => {
  await using server = await httpScript(hello);
  const failure = failureIn(await ask(clientOf(server.baseUrl, {}, () => Promise.resolve(null))));
  expect(failure).toEqual({
    message:
      'No API key for Test. Sign in with an API key (command "Turnwright: Sign In...", or "turnwright login") or set TEST_KEY.',
    info: "unauthorized",
    details: null,
    retry: "no",
    retryAfterMs: null,
  });
  const broken = failureIn(
    await ask(clientOf(server.baseUrl, {}, () => Promise.reject(new Error("auth.json is broken")))),
  );
  expect(broken.message).toBe("No API key for Test. auth.json is broken");
  const odd = failureIn(await ask(clientOf(server.baseUrl, {}, () => Promise.resolve("sk-a\nb"))));
  expect(odd.info).toBe("unauthorized");
  expect(server.requests).toHaveLength(0);
});

test("a refused connection and an unknown host are worth waiting for", async () => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const address = closed.address();
  const port = typeof address === "object" ? address?.port : undefined;
  closed.close();
  await once(closed, "close");
  expect(failureIn(await ask(clientOf(`http://127.0.0.1:${port ?? 0}/v1`)))).toEqual({
    message: `Nothing answers at http://127.0.0.1:${port ?? 0}. Start the model server, or correct model_providers.test.base_url.`,
    info: { httpConnectionFailed: { httpStatusCode: null } },
    details: "Connection failed: ECONNREFUSED",
    retry: "network",
    retryAfterMs: null,
  });
  expect(failureIn(await ask(clientOf("http://turnwright.invalid/v1"))).retry).toBe("network");
});

test("a port that speaks something else is no Responses API", async () => {
  const other = createServer((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const failure = failureIn(await ask(clientOf(`http://127.0.0.1:${port ?? 0}/v1`)));
  expect(failure.retry).toBe("no");
  expect(failure.message).toContain("model_providers.test.base_url");
});

test("a server without TLS is told from one without network", async () => {
  await using server = await httpScript(hello);
  const failure = failureIn(await ask(clientOf(server.baseUrl.replace("http:", "https:"))));
  expect(failure.retry).toBe("no");
  expect(failure.message).toContain("does not speak TLS");
});

test("a stream that is cut keeps what was finished and is worth another try", async () => {
  await using server = await httpScript((response) => {
    begin(response, itemDone(message("kept")), textDelta("half"));
    response.write("data: {", () => response.socket?.resetAndDestroy());
  });
  const answered = await ask(clientOf(server.baseUrl));
  expect(answered.events.map((event) => event.type)).toEqual(["itemDone", "textDelta"]);
  const failure = failureIn(answered);
  expect(failure).toMatchObject({ info: "other", retry: "stream" });
  expect(failure.details).toMatch(/^stream disconnected before completion: the connection was lost/);
  expect(server.requests).toHaveLength(1);
});

test("silence longer than the idle timeout breaks the stream, before and after its beginning", async () => {
  const idle = {
    retry: "stream",
    info: "other",
    details: "stream disconnected before completion: idle timeout waiting for SSE",
  };
  const settings = { stream_idle_timeout_ms: 100 };
  expect(await failureFor((response) => begin(response, textDelta("x")), settings)).toMatchObject(idle);
  expect(await failureFor(() => undefined, settings)).toMatchObject(idle);
});

test("a slow stream that keeps sending is not idle", async () => {
  await using server = await httpScript((response) => {
    begin(response);
    let left = 8;
    const timer = setInterval(() => {
      response.write(": still here\n\n");
      if (--left > 0) return;
      clearInterval(timer);
      response.end(sse(completed));
    }, 50);
  });
  expect((await ask(clientOf(server.baseUrl, { stream_idle_timeout_ms: 300 }))).outcome.kind).toBe("completed");
});

test("the end is reported at response.completed, not at the end of the body", async () => {
  await using server = await httpScript((response) => begin(response, completed));
  expect((await ask(clientOf(server.baseUrl))).outcome.kind).toBe("completed");
  await server.closedConnection; // a body that goes on is given up
});

test("a body that is error without end is read up to a bound", async () => {
  await using server = await httpScript((response) => {
    response.writeHead(400, { "content-type": "text/plain" });
    const write = (): void => {
      while (response.writable && response.write("no ".repeat(10_000)));
      if (response.writable) response.once("drain", write);
    };
    write();
  });
  const failure = failureIn(await ask(clientOf(server.baseUrl)));
  expect(failure.message.length).toBeLessThan(3_000);
  expect(failure.details?.length).toBeLessThan(3_000);
  await server.closedConnection;
});

test("100,000 deltas arrive in order", async () => {
  const count = 100_000;
  await using server = await httpScript((response) => {
    begin(response);
    for (let n = 0; n < count; n += 100) {
      response.write(sse(...Array.from({ length: 100 }, (_, index) => textDelta(` ${n + index}`))));
    }
    response.end(sse(completed));
  });
  const { outcome, events } = await ask(clientOf(server.baseUrl));
  expect(outcome.kind).toBe("completed");
  expect(events).toHaveLength(count);
  expect(events.every((event, index) => event.type === "textDelta" && event.delta === ` ${index}`)).toBe(true);
});

test("closing ends what runs", async () => {
  await using server = await httpScript((response) => begin(response, textDelta("a")));
  const client = clientOf(server.baseUrl);
  const outcome = client.createResponse(request, () => void client.close(), new AbortController().signal);
  expect((await outcome).kind).toBe("failed");
  await client.close();
});
