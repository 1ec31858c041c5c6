import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import type { Turn } from "../../../../src/protocol/turns.ts";
import type { History } from "../../../../src/core/thread/history.ts";
import type { Page } from "../../../../src/core/thread/pages.ts";
import { createHistoryBases } from "../../../../src/core/thread/rollout/history-bases.ts";
import { createLayouts } from "../../../../src/core/thread/rollout/layouts.ts";
import { collectLines } from "../../../../src/core/thread/rollout/reader.ts";
import { replay } from "../../../../src/core/thread/rollout/replay.ts";
import { createRolloutStore } from "../../../../src/core/thread/rollout/store.ts";
import { createStoredThreads } from "../../../../src/core/thread/stored-threads.ts";
import { createTurnPages } from "../../../../src/core/thread/turn-pages.ts";
import { answer, functionCall, message, reasoning } from "../../../../src/demo/script.ts";
import { startResponsesServer } from "../../../../src/demo/server.ts";
import { startAgent } from "../../../helpers/agent.ts";
import { fuzz, fuzzMs } from "../../../helpers/fuzz.ts";
import { responsesServer } from "../../../helpers/responses-server.ts";

const client = { name: "test", version: "1" };
const full = { sandbox: "danger-full-access", approvalPolicy: "never" } as const;
const patch = "*** Begin Patch\n*** Add File: door.txt\n+red\n*** End Patch";

/** The lines of a thread that has everything in it, each with its LF. */
let lines: readonly Buffer[] = [];
let fileName = "";
let threadId = "";

beforeAll(async () => {
  await using model = await responsesServer(
    answer(reasoning("think"), message("first"), functionCall("exec_command", { cmd: "echo one" }, "c1")),
    answer(
      functionCall("update_plan", { plan: [{ step: "paint", status: "in_progress" }] }, "c2"),
      functionCall("apply_patch", { input: patch }, "c3"),
    ),
    answer(message("done")),
    { ...answer(functionCall("exec_command", { cmd: "echo two" }, "c4")), usage: { inputTokens: 60_000 } },
    answer(message("SUMMARY")),
    answer(message("after")),
    answer(functionCall("exec_command", { cmd: "echo three" }, "c5"), message("and")),
    answer(message("end")),
  );
  await using agent = await startAgent({ url: model.url, config: "model_auto_compact_token_limit = 50000\n" });
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, client);
  for (const words of ["paint it", "fill it", "once more"]) await agent.play(thread.id, words);
  model.assertExhausted();
  const { path: file } = await agent.threads.read(thread.id, { includeTurns: false });
  threadId = thread.id;
  fileName = path.relative(agent.home, file ?? "");
  const bytes = await fs.readFile(file ?? "");
  for (let at = 0, end = 0; at < bytes.length; at = end) {
    end = bytes.indexOf(0x0a, at) + 1;
    lines = [...lines, bytes.subarray(at, end)];
  }
});

/** What is done to a file, at a place that the number leads to. */
const damage = fc.record({
  how: fc.constantFrom("flip", "cut line", "lose", "repeat", "swap", "garbage", "end"),
  at: fc.nat(),
  to: fc.nat(),
});
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(before: readonly Buffer[], { how, at, to }: Damage): readonly Buffer[] {
  const index = at % Math.max(1, before.length);
  const other = to % Math.max(1, before.length);
  const line = before[index];
  if (line === undefined) return before;
  switch (how) {
    case "flip": {
      const copy = Buffer.from(line);
      const byte = to % copy.length;
      copy[byte] = (copy[byte] ?? 0) ^ (1 << (to % 7));
      return before.with(index, copy);
    }
    case "cut line":
      return before.with(index, line.subarray(0, to % line.length));
    case "lose":
      return before.toSpliced(index, 1);
    case "repeat":
      return before.toSpliced(other, 0, line);
    case "swap":
      return before.with(index, before[other] ?? line).with(other, line);
    case "garbage":
      return before.toSpliced(index, 0, Buffer.from(`${"\0".repeat(to % 50)}{"type":"response_item","payload":{}}\n`));
    case "end":
      return before.slice(0, index + 1);
    default:
      throw new Error(how);
  }
}

const damages = fc.array(damage, { minLength: 1, maxLength: 5 });
const withDamage = (list: readonly Damage[]): Buffer => Buffer.concat(list.reduce(damaged, lines));

/** Ids of the items that whole, undamaged lines of a file tell of in full. */
function readable(bytes: Buffer): ReadonlySet<string> {
  const originals = new Set(lines.map((line) => line.toString("utf8")));
  const ids = new Set<string>();
  const whole = bytes.toString("utf8").split(/(?<=\n)/u);
  for (const line of whole) {
    if (!originals.has(line)) continue;
    const { type, payload } = JSON.parse(line) as {
      type: string;
      payload: { item?: { id: string }; view?: { id: string } };
    };
    if (type === "item_completed" && payload.item !== undefined) ids.add(payload.item.id);
    if (type === "response_item" && payload.view !== undefined) ids.add(payload.view.id);
  }
  return ids;
}

const endedAtMs = 1_800_000_000_000;

/** A home with the place for one thread, and what reads it. */
async function emptyHome() {
  const root = await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-fuzz-"));
  const file = path.join(root, fileName);
  await fs.mkdir(path.dirname(file), { recursive: true });
  const store = createRolloutStore(root);
  const bases = createHistoryBases(root, store);
  const stored = createStoredThreads(store, bases, { now: () => endedAtMs });
  const pages = () => createTurnPages({ store, stored, layouts: createLayouts(bases) });
  return { file, stored, pages, [Symbol.asyncDispose]: () => fs.rm(root, { recursive: true }) };
}

const itemsOf = (history: History): HistoryItem[] => [...history.items()];

interface HistoryItem {
  readonly type: string;
  readonly call_id?: string;
}

/** Calls and outputs that are not in pairs; some providers give several calls one id. */
function unpaired(history: readonly HistoryItem[]): readonly HistoryItem[] {
  const open: HistoryItem[] = [];
  const orphans: HistoryItem[] = [];
  for (const item of history) {
    if (item.type === "function_call" || item.type === "custom_tool_call") open.push(item);
    if (item.type !== "function_call_output" && item.type !== "custom_tool_call_output") continue;
    const call = open.findIndex(({ call_id: id }) => id === item.call_id);
    if (call === -1) orphans.push(item);
    else open.splice(call, 1);
  }
  return [...open, ...orphans];
}

test(
  "whatever happens to the bytes of a rollout, each line that is left is shown, and calls stay in pairs",
  { timeout: fuzzMs(60_000) },
  async () => {
    await using home = await emptyHome();
    await fc.assert(
      fc.asyncProperty(damages, async (list) => {
        const bytes = withDamage(list);
        await fs.writeFile(home.file, bytes);
        const { lines: read } = await collectLines(home.file, null);
        const { turns, history } = replay(read, [], endedAtMs);
        const shown = new Set(turns.flatMap(({ items }) => items.map(({ id }) => id)));
        expect([...readable(bytes)].filter((id) => !shown.has(id))).toEqual([]);
        expect(unpaired(itemsOf(history))).toEqual([]);
        for (const { status } of turns) expect(status).not.toBe("inProgress");
      }),
      fuzz(1000),
    );
  },
);

test(
  "pages of a damaged rollout have all that a replay of the whole has, and a replay as it is read is the same",
  { timeout: fuzzMs(60_000) },
  async () => {
    await using home = await emptyHome();
    const { stored } = home;
    const place = { file: home.file, closedAtMs: endedAtMs, mark: null };
    await fc.assert(
      fc.asyncProperty(damages, fc.constantFrom("asc" as const, "desc" as const), async (list, direction) => {
        await fs.writeFile(home.file, withDamage(list));
        const { lines: read } = await collectLines(home.file, null);
        // Otherwise nothing says what thread it is.
        if (!read.some(({ type }) => type === "session_meta" || type === "turn_context")) return;
        const whole = replay(read, [], endedAtMs);
        const streamed = (await stored.open(place)).replayed;
        expect({ ...streamed, history: itemsOf(streamed.history) }).toEqual({
          ...whole,
          history: itemsOf(whole.history),
        });
        const found = new Map<string, Turn>();
        const pages = home.pages();
        let cursor: string | null = null;
        do {
          const request = { limit: 1, cursor, direction, itemsView: "full" } as const;
          const page: Page<Turn> = await pages.turns(threadId, place, request);
          for (const turn of page.data) found.set(turn.id, turn);
          cursor = page.nextCursor;
        } while (cursor !== null);
        // A line that cannot be read, and stands where it does not belong, may change their order, and show one of them on two pages.
        const byId = (turns: Iterable<Turn>): Turn[] => [...turns].toSorted((a, b) => (a.id < b.id ? -1 : 1));
        expect(byId(found.values())).toEqual(byId(whole.turns));
      }),
      fuzz(300),
    );
  },
);

test(
  "a thread goes on after whatever happened to its rollout, and what could be read stays",
  { timeout: fuzzMs(120_000) },
  async () => {
    let last: Buffer = Buffer.from("{}");
    const model = await startResponsesServer({
      respond: () => answer(message("on")),
      onRequest: ({ raw }) => (last = raw),
    });
    onTestFinished(() => model.close());
    await using agent = await startAgent({ url: model.url, isReadBack: false });
    const file = path.join(agent.home, fileName);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fc.assert(
      fc.asyncProperty(damages, async (list) => {
        await fs.rm(file, { force: true });
        const bytes = withDamage(list);
        await fs.writeFile(file, bytes);
        await using second = await startAgent({ url: model.url, home: agent.home, cwd: agent.cwd, isReadBack: false });
        const resumed = second.threads.resume(threadId, full, client);
        if ((await collectLines(file, null)).lines.length === 0) {
          await expect(resumed).rejects.toThrow("nothing in the rollout of the thread can be read");
          return;
        }
        const { thread } = await resumed;
        const shown = new Set(thread.turns.flatMap(({ items }) => items.map(({ id }) => id)));
        expect([...readable(bytes)].filter((id) => !shown.has(id))).toEqual([]);
        const { turn } = await second.play(threadId, "go on");
        expect(turn).toMatchObject({ status: "completed" });
        const sent = JSON.parse(last.toString("utf8")) as { input: HistoryItem[] };
        expect(unpaired(sent.input)).toEqual([]);
      }),
      fuzz(40),
    );
  },
);
