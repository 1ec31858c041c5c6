import { execFileSync } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { builtCli, startCliServer, temporaryHome, type CliServer } from "../helpers/cli.ts";
import { responsesServer } from "../helpers/responses-server.ts";
import { writeThread } from "../helpers/rollouts.ts";
import { sessionErrors } from "../helpers/wire-session.ts";

const start = Date.UTC(2026, 2, 1, 12);
const unknown = "01a1f7ca-0000-7000-8000-000000000000";

beforeAll(async () => {
  await builtCli();
});

async function serverAt(home: string, isOurs = false): Promise<CliServer> {
  const server = await startCliServer({ env: { TURNWRIGHT_HOME: home } });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const capabilities = { experimentalApi: true, ...(isOurs ? { extensions: { turnwright: {} } } : {}) };
  await server.request("initialize", { clientInfo: { name: "probe", version: "1" }, capabilities });
  server.send({ method: "initialized" });
  return server;
}

async function homeOfThree(config = "") {
  const home = await temporaryHome(config);
  onTestFinished(() => fs.rm(home, { recursive: true, force: true }));
  const ids: string[] = [];
  for (const [number, user] of ["first needle", "second", "third needle needle"].entries()) {
    const thread = { createdMs: start + number * 60_000, modelProvider: number === 1 ? "other" : "test" };
    ids.push((await writeThread(home, { ...thread, turns: [{ user, answer: "An answer." }] })).id);
  }
  return { home, ids };
}

test("lists, searches and occurrences over the wire are what the schema says, and lead from one to the other", async () => {
  const { home, ids } = await homeOfThree();
  const server = await serverAt(home);
  expect(
    await server.request("thread/list", { limit: 2, modelProviders: ["test"], sourceKinds: ["vscode", "cli"] }),
  ).toMatchObject({
    result: { data: [{ id: ids[2] }, { id: ids[0] }], nextCursor: null, readStates: {} },
  });
  const page = await server.request("thread/list", { limit: 1, sortKey: "updated_at", sortDirection: "asc" });
  expect(page).toMatchObject({ result: { data: [{ id: ids[0], turns: [] }] } });
  const { nextCursor } = page["result"] as { nextCursor: string };
  expect(nextCursor).toBe(`2026-03-01T12:00:00.000Z|${ids[0] ?? ""}`);
  const next = { limit: 1, sortKey: "updated_at", sortDirection: "asc", cursor: nextCursor };
  expect(await server.request("thread/list", next)).toMatchObject({ result: { data: [{ id: ids[1] }] } });
  expect(await server.request("thread/list", { excludedThreadIds: [ids[2]] })).toMatchObject({
    result: { data: [{ id: ids[1] }, { id: ids[0] }] },
  });
  expect(await server.request("thread/list", { cwd: [] })).toMatchObject({ result: { data: [] } });
  expect(await server.request("thread/list", { parentThreadId: ids[0] })).toMatchObject({ result: { data: [] } });

  const found = await server.request("thread/search", { searchTerm: "NEEDLE" });
  expect(found).toMatchObject({
    result: {
      data: [{ thread: { id: ids[2] }, snippet: "third needle needle" }, { thread: { id: ids[0] } }],
      nextCursor: null,
    },
  });
  expect(JSON.stringify(found)).not.toContain('"match"');
  const threadId = ids[2] ?? "";
  const first = await server.request("thread/searchOccurrences", { threadId, searchTerm: "needle", limit: 1 });
  const { data, nextCursor: more } = first["result"] as { data: { turnCursor: string }[]; nextCursor: string };
  expect(data).toMatchObject([
    {
      turnId: "turn-0",
      itemId: "turn-0-user",
      snippet: "third needle needle",
      snippetMatchRange: { start: 6, end: 12 },
    },
  ]);
  const second = await server.request("thread/searchOccurrences", { threadId, searchTerm: "needle", cursor: more });
  expect(second).toMatchObject({ result: { data: [{ snippetMatchRange: { start: 13, end: 19 } }], nextCursor: null } });
  const turns = await server.request("thread/turns/list", { threadId, cursor: data[0]?.turnCursor, limit: 1 });
  expect(turns).toMatchObject({ result: { data: [{ id: "turn-0" }] } });
  expect(sessionErrors(server.session) ?? []).toEqual([]);

  // Only clients that opted in are told which item it is.
  const ours = await serverAt(home, true);
  expect(await ours.request("thread/search", { searchTerm: "second" })).toMatchObject({
    result: { data: [{ match: { turnId: "turn-0", itemId: "turn-0-user" } }] },
  });
});

test.each([
  ["thread/list", { cursor: "zzz" }, "invalid cursor: zzz"],
  ["thread/list", { sortKey: "section_position" }, "section-position sorting requires a section filter"],
  ["thread/list", { projectId: "p" }, "project not found: p"],
  ["thread/list", { sortKey: "bogus" }, "Invalid request: unknown variant `bogus`, expected one of `created_at`"],
  ["thread/search", {}, "Invalid request: missing field `searchTerm`"],
  ["thread/search", { searchTerm: " " }, "thread/search requires a non-empty searchTerm"],
  ["thread/search", { searchTerm: "x", cursor: "zzz" }, "invalid cursor: zzz"],
  ["thread/searchOccurrences", { threadId: unknown, searchTerm: "x" }, `thread not loaded: ${unknown}`],
  ["thread/metadata/update", { threadId: unknown }, "thread metadata update must include at least one field"],
  ["thread/metadata/update", { threadId: unknown, gitInfo: {} }, "gitInfo must include at least one field"],
  ["thread/metadata/update", { threadId: unknown, gitInfo: { sha: "" } }, "gitInfo.sha must not be empty"],
  ["thread/metadata/update", { threadId: unknown, gitInfo: { sha: "x" } }, `no rollout found for thread id ${unknown}`],
])("what cannot be served is refused in the words that clients know: %s %j", async (method, params, message) => {
  const home = await temporaryHome();
  const server = await serverAt(home);
  const { error } = await server.request(method, params);
  expect(error).toMatchObject({ code: -32600 });
  expect((error as { message: string }).message).toContain(message);
  await fs.rm(home, { recursive: true, force: true });
});

test("a thread knows where its work stands in git, and a client can say otherwise", async () => {
  await using model = await responsesServer({ type: "message", text: "done" });
  const { home, ids } = await homeOfThree(
    `model = "m"\nmodel_provider = "mock"\n[model_providers.mock]\nbase_url = "${model.url}"\n`,
  );
  const cwd = path.join(home, "repository");
  await fs.mkdir(cwd);
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@example.com", ...args], {
      cwd,
      encoding: "utf8",
    }).trim();
  git("init", "-q", "-b", "work");
  git("commit", "-q", "--allow-empty", "-m", "first");
  git("remote", "add", "origin", "https://me:secret@example.com/repository.git?token=secret");
  const server = await serverAt(home);
  const started = await server.request("thread/start", { cwd });
  const threadId = (started["result"] as { thread: { id: string } }).thread.id;
  expect(started).toMatchObject({ result: { thread: { gitInfo: null } } });
  await server.request("turn/start", { threadId, input: [{ type: "text", text: "hello" }] });
  await server.until(({ method }) => method === "turn/completed");
  const gitInfo = { sha: git("rev-parse", "HEAD"), branch: "work", originUrl: "https://example.com/repository.git" };
  expect(await server.request("thread/read", { threadId })).toMatchObject({ result: { thread: { gitInfo } } });
  const update = { threadId, gitInfo: { branch: "other", sha: null } };
  const expected = { ...gitInfo, branch: "other", sha: null };
  expect(await server.request("thread/metadata/update", update)).toMatchObject({
    result: { thread: { gitInfo: expected } },
  });
  // Also of a thread that is not loaded, and of one that has no turn yet.
  const stored = { threadId: ids[0], gitInfo: { originUrl: "ssh://git:pw@example.com/x" } };
  expect(await server.request("thread/metadata/update", stored)).toMatchObject({
    result: {
      thread: {
        gitInfo: { sha: null, branch: null, originUrl: "ssh://git@example.com/x" },
        status: { type: "notLoaded" },
      },
    },
  });
  const fresh = ((await server.request("thread/start", {}))["result"] as { thread: { id: string } }).thread.id;
  expect(await server.request("thread/metadata/update", { threadId: fresh, gitInfo: { branch: "b" } })).toMatchObject({
    result: { thread: { gitInfo: { branch: "b" } } },
  });
  expect(sessionErrors(server.session) ?? []).toEqual([]);
  await server[Symbol.asyncDispose]();

  const next = await serverAt(home);
  expect(await next.request("thread/list", { sortKey: "updated_at" })).toMatchObject({
    result: { data: expect.arrayContaining([expect.objectContaining({ id: threadId, gitInfo: expected })]) as unknown },
  });
  expect(await next.request("thread/resume", { threadId })).toMatchObject({
    result: { thread: { gitInfo: expected } },
  });
});
