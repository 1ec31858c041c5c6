import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import { expect, onTestFinished, test } from "vitest";
import { resolveProvider } from "../../../src/core/model/provider.ts";
import { createResponsesClient } from "../../../src/core/model/responses.ts";
import type { ModelClient, ResponseOutcome } from "../../../src/core/model/types.ts";
import { answer, message } from "../../../src/demo/script.ts";
import { startResponsesServer } from "../../../src/demo/server.ts";

/** A proxy as companies have them: tunnels by CONNECT, to wherever the test says, and writes down what it was asked. */
async function startProxy(target: string) {
  const asked: { readonly host: string; readonly authorization: string | undefined }[] = [];
  // Plain HTTP is passed on request by request, by its full URL; everything else is tunnelled.
  const server = http.createServer((request, response) => {
    const { host, pathname } = new URL(request.url ?? "");
    asked.push({ host: `${host}:80`, authorization: request.headers["proxy-authorization"] });
    const { hostname, port } = new URL(target);
    const { method, headers } = request;
    const onward = http.request({ hostname, port, method, path: pathname, headers }, (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(response);
    });
    request.pipe(onward);
  });
  server.on("connect", (request, socket: net.Socket) => {
    asked.push({ host: request.url ?? "", authorization: request.headers["proxy-authorization"] });
    const { hostname, port } = new URL(target);
    const onward = net.connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [socket, onward]) end.on("error", () => undefined);
    onTestFinished(() => void socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return { asked, host: `127.0.0.1:${address.port}` };
}

async function startModel() {
  const model = await startResponsesServer({ respond: () => answer(message("hello")) });
  onTestFinished(() => model.close());
  return model.url;
}

function clientFor(baseUrl: string, env: NodeJS.ProcessEnv): ModelClient {
  const resolved = resolveProvider("test", {
    providers: { test: { name: "Test", base_url: baseUrl, request_max_retries: 0 } },
    env,
    demoBaseUrl: () => Promise.reject(new Error("not the demo")),
  });
  if (resolved.kind !== "found") throw new Error(resolved.message);
  const client = createResponsesClient({ provider: resolved.provider, key: () => Promise.resolve(null), env });
  onTestFinished(() => client.close());
  return client;
}

const ask = (client: ModelClient): Promise<ResponseOutcome> =>
  client.createResponse(
    { body: [Buffer.from('{"model":"m","stream":true,"input":[]}')], threadId: "t", originator: "o", userAgent: "u" },
    () => undefined,
    new AbortController().signal,
  );

test("a model server beyond this machine is reached through the proxy, with the proxy's own password", async () => {
  const url = await startModel();
  const proxy = await startProxy(url);
  const client = clientFor("http://model.example/v1", { http_proxy: `http://me:secret@${proxy.host}` });
  client.warmUp();
  expect(await ask(client)).toMatchObject({ kind: "completed" });
  expect(proxy.asked).toEqual([
    { host: "model.example:80", authorization: `Basic ${Buffer.from("me:secret").toString("base64")}` },
  ]);
});

test("a model server of this machine is asked directly, and so is one that NO_PROXY names", async () => {
  const url = await startModel();
  const proxy = await startProxy(url);
  expect(await ask(clientFor(url, { HTTP_PROXY: proxy.host }))).toMatchObject({ kind: "completed" });
  const own = new URL(url);
  own.hostname = os.hostname();
  // Nothing listens there; what counts is that the proxy was not asked.
  await ask(clientFor(own.href, { HTTP_PROXY: proxy.host, NO_PROXY: os.hostname() }));
  expect(proxy.asked).toEqual([]);
});

test("a proxy that cannot be used is named by its variable, and its value is not repeated", async () => {
  const outcome = await ask(clientFor("http://model.example/v1", { HTTP_PROXY: "socks5://me:secret@proxy" }));
  if (outcome.kind !== "failed") throw new Error(outcome.kind);
  expect(outcome.failure.message).toContain("HTTP_PROXY is not the URL of an HTTP proxy");
  expect(outcome.failure.message).not.toContain("secret");
});

test("a proxy that does not answer is a failure of the network, without its password", async () => {
  const outcome = await ask(clientFor("http://model.example/v1", { HTTP_PROXY: "http://me:secret@127.0.0.1:1" }));
  if (outcome.kind !== "failed") throw new Error(outcome.kind);
  expect(JSON.stringify(outcome.failure)).not.toContain("secret");
});
