import { expect, test } from "vitest";
import * as z from "zod";
import { experimentalPart } from "../../src/app-server/experimental.ts";
import type { MethodEntry } from "../../src/protocol/methods.ts";
import { connected, startServer } from "../helpers/app-server.ts";

const entry = (experimental?: MethodEntry["experimental"]): MethodEntry => ({
  params: z.object({}),
  result: z.object({}),
  ...(experimental === undefined ? {} : { experimental }),
});

test("a method that is experimental as a whole is named, whatever its params", () => {
  expect(experimentalPart("thread/search", entry(true), {})).toBe("thread/search");
  expect(experimentalPart("thread/search", entry(true), undefined)).toBe("thread/search");
  expect(experimentalPart("thread/list", entry(), { cwd: "/repo" })).toBeNull();
});

test("a member is named when it asks for something: not when it is absent, null, false or empty", () => {
  const marked = entry(["mode", "raw"]);
  expect(experimentalPart("turn/start", marked, { threadId: "x", raw: true })).toBe("turn/start.raw");
  expect(experimentalPart("turn/start", marked, { mode: { mode: "plan" }, raw: true })).toBe("turn/start.mode");
  for (const nothing of [undefined, null, false, [], {}]) {
    expect(experimentalPart("turn/start", marked, { mode: nothing })).toBeNull();
  }
});

test("plan mode is refused to a client without the capability, and its turn runs without", async () => {
  const { server } = startServer();
  const { client } = await connected(server, {}, undefined, { experimentalApi: false });
  const { thread } = await client.request("thread/start", {});
  const start = (mode: "plan" | null) =>
    client.request("turn/start", {
      threadId: thread.id,
      input: [{ type: "text", text: "hello" }],
      collaborationMode: mode === null ? null : { mode },
    });
  await expect(start("plan")).rejects.toMatchObject({
    code: -32600,
    message: "turn/start.collaborationMode requires experimentalApi capability",
  });
  await expect(start(null)).resolves.toMatchObject({ turn: { status: "inProgress" } });
});
