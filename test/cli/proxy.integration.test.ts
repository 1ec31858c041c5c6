import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { startCliServer } from "../helpers/cli.ts";

test("the program as it is built reaches a model server through the proxy of its environment", async () => {
  const asked = Promise.withResolvers<string>();
  const proxy = createServer((request, response) => {
    asked.resolve(request.url ?? "");
    response.writeHead(403).end();
  });
  proxy.on("connect", (request, socket) => {
    asked.resolve(request.url ?? "");
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void proxy.close());
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("no port");

  const server = await startCliServer({
    env: { HTTP_PROXY: `http://127.0.0.1:${address.port}` },
    config: `model = "m"\nmodel_provider = "far"\n[model_providers.far]\nbase_url = "http://model.example/v1"\n`,
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  await server.request("initialize", { clientInfo: { name: "probe", version: "1" } });
  const started = (await server.request("thread/start", { cwd: server.home })) as {
    result: { thread: { id: string } };
  };
  await server.request("turn/start", {
    threadId: started.result.thread.id,
    input: [{ type: "text", text: "hello" }],
  });
  expect(await asked.promise).toContain("model.example");
});
