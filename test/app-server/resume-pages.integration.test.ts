import fs from "node:fs/promises";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { tryLock } from "../../src/core/thread/rollout/lock.ts";
import { builtCli, startCliServer, temporaryHome, type CliServer } from "../helpers/cli.ts";
import { writeThread } from "../helpers/rollouts.ts";
import { sessionErrors } from "../helpers/wire-session.ts";

const Turns = z.array(z.looseObject({ id: z.string(), items: z.array(z.looseObject({ id: z.string() })) }));
const Page = z.looseObject({ data: Turns, nextCursor: z.string().nullable(), backwardsCursor: z.string().nullable() });
const Resumed = z.looseObject({
  thread: z.looseObject({ turns: Turns }),
  initialTurnsPage: Page.nullable(),
  turnsBackwardsCursor: z.string().nullable(),
  itemsBackwardsCursor: z.string().nullable(),
});

beforeAll(async () => {
  await builtCli();
});

async function server(home: string, experimentalApi = true): Promise<CliServer> {
  const started = await startCliServer({ env: { TURNWRIGHT_HOME: home } });
  onTestFinished(() => started[Symbol.asyncDispose]());
  await started.request("initialize", {
    clientInfo: { name: "probe", version: "1" },
    capabilities: { experimentalApi },
  });
  started.send({ method: "initialized" });
  return started;
}

/** A thread of five turns with three items each. */
async function stored() {
  const home = await temporaryHome("");
  onTestFinished(() => fs.rm(home, { recursive: true, force: true }));
  const turns = [1, 2, 3, 4, 5].map((n) => ({
    user: `question ${n}`,
    command: { line: "ls", output: `out ${n}\n` },
    answer: `answer ${n}`,
  }));
  const createdMs = Date.UTC(2026, 2, 1, 12);
  const { id, file } = await writeThread(home, { createdMs, turns });
  return { home, threadId: id, file };
}

const idsOf = (turns: z.infer<typeof Turns>): readonly string[] => turns.map(({ id }) => id);

test("a resume gives the page of turns that is asked for, the same for a thread that is loaded and for one that is not", async () => {
  const { home, threadId } = await stored();
  const probe = await server(home);
  const list = async (params: object) =>
    Page.parse((await probe.request("thread/turns/list", { threadId, ...params }))["result"]);
  const all = await list({ itemsView: "full", sortDirection: "asc", limit: 100 });
  const initialTurnsPage = { limit: 2, itemsView: "full" };
  for (const state of ["stored", "loaded"]) {
    const resumed = Resumed.parse(
      (await probe.request("thread/resume", { threadId, excludeTurns: true, initialTurnsPage }))["result"],
    );
    expect(resumed.thread.turns, state).toEqual([]);
    expect(resumed.initialTurnsPage).toEqual(await list(initialTurnsPage));
    expect(idsOf(resumed.initialTurnsPage?.data ?? [])).toEqual(idsOf(all.data).slice(3).toReversed());

    const older = await list({ cursor: resumed.initialTurnsPage?.nextCursor, limit: 100, itemsView: "full" });
    expect(older.data).toEqual(all.data.slice(0, 3).toReversed());
    const newest = await list({ cursor: resumed.turnsBackwardsCursor, limit: 1, itemsView: "full" });
    expect(newest.data).toEqual(all.data.slice(4));
    const params = { threadId, cursor: resumed.itemsBackwardsCursor, sortDirection: "desc", limit: 2 };
    expect(await probe.request("thread/items/list", params)).toMatchObject({
      result: {
        data: all.data[4]?.items
          .slice(-2)
          .toReversed()
          .map(({ id }) => ({ turnId: all.data[4]?.id, item: { id } })),
      },
    });
  }
  const whole = Resumed.parse((await probe.request("thread/resume", { threadId }))["result"]);
  expect(whole.thread.turns).toEqual(all.data);
  expect(whole.initialTurnsPage).toBeNull();
  expect(sessionErrors(probe.session) ?? []).toEqual([]);
});

test("a thread that another process has open has its page, too", async () => {
  const { home, threadId, file } = await stored();
  const attempt = tryLock(file);
  onTestFinished(() => (attempt.kind === "locked" ? attempt.lock.release() : undefined));
  const probe = await server(home);
  const initialTurnsPage = { limit: 1 };
  const resumed = Resumed.parse(
    (await probe.request("thread/resume", { threadId, excludeTurns: true, initialTurnsPage }))["result"],
  );
  expect(resumed.thread).toMatchObject({ canAcceptDirectInput: false, turns: [] });
  const page = Page.parse((await probe.request("thread/turns/list", { threadId, ...initialTurnsPage }))["result"]);
  expect(resumed.initialTurnsPage).toEqual(page);
  expect(page.data).toHaveLength(1);
});

test("a thread without turns has no cursors, and a page of nothing", async () => {
  const { home } = await stored();
  const probe = await server(home);
  const { thread } = z
    .object({ thread: z.looseObject({ id: z.string() }) })
    .parse((await probe.request("thread/start", {}))["result"]);
  expect(await probe.request("thread/resume", { threadId: thread.id, initialTurnsPage: {} })).toMatchObject({
    result: {
      initialTurnsPage: { data: [], nextCursor: null, backwardsCursor: null },
      turnsBackwardsCursor: null,
      itemsBackwardsCursor: null,
    },
  });
});

test("a client that did not ask for experimental fields gets no page", async () => {
  const { home, threadId } = await stored();
  const probe = await server(home, false);
  expect(await probe.request("thread/resume", { threadId, initialTurnsPage: { limit: 1 } })).toMatchObject({
    error: { message: "thread/resume.initialTurnsPage requires experimentalApi capability" },
  });
});
