import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createHistoryBases } from "../../../../src/core/thread/rollout/history-bases.ts";
import { createLayouts, type FileLayout, type Layouts } from "../../../../src/core/thread/rollout/layouts.ts";
import type { RolloutEntry, SessionMeta } from "../../../../src/core/thread/rollout/lines.ts";
import { readTurns } from "../../../../src/core/thread/rollout/read-spans.ts";
import { createRolloutStore } from "../../../../src/core/thread/rollout/store.ts";
import { createStoredThreads } from "../../../../src/core/thread/stored-threads.ts";
import { createTurnPages } from "../../../../src/core/thread/turn-pages.ts";
import { entriesOfAllTypes } from "./samples.ts";

const at = 1_800_000_000_000;
const idOf = (number: number): string => `01a1f920-e6d1-75b6-bcd3-${String(number).padStart(12, "0")}`;
const [parentId, forkId] = [idOf(1), idOf(2)];
const settings = entriesOfAllTypes.flatMap((entry) => (entry.type === "reverted" ? [entry.payload.settings] : []))[0];
const begin = (id: string, historyBase: SessionMeta["historyBase"] = []): RolloutEntry => ({
  type: "session_meta",
  payload: {
    id,
    format: 2,
    createdAtMs: at,
    cwd: "/w",
    originator: "o",
    cliVersion: "1",
    modelProvider: "p",
    git: null,
    forkedFromId: historyBase[0]?.threadId ?? null,
    historyBase,
    preview: "",
    settings: settings ?? null,
  },
});

/** One step of a thread, by the number of its turn: what a writer appends, and what other hands and bad disks make of it. */
type Step = { readonly kind: keyof typeof steps; readonly turn: number; readonly n: number };
const steps = {
  begin: (turnId: string): RolloutEntry => ({ type: "turn_started", payload: { turnId, at } }),
  end: (turnId: string): RolloutEntry => ({
    type: "turn_completed",
    payload: { turnId, status: "completed", error: null, at: at + 5 },
  }),
  ask: (turnId: string): RolloutEntry => ({
    type: "request",
    payload: { turnId, purpose: "answer", model: "m", parameters: {}, bytes: 1 },
  }),
  user: (turnId: string, n: number): RolloutEntry => ({
    type: "response_item",
    payload: {
      view: { kind: "userMessage", turnId, id: `u${n}`, clientId: null, at },
      item: { type: "message", role: "user", content: [{ type: "input_text", text: `ü ${n}` }] },
    },
  }),
  open: (turnId: string, n: number): RolloutEntry => ({
    type: "item_started",
    payload: { turnId, item: command(`c${n % 3}`, null) },
  }),
  close: (turnId: string, n: number): RolloutEntry => ({
    type: "item_completed",
    payload: {
      turnId,
      item: command(`c${n % 3}`, at),
      output: { in: "response", callId: `c${n % 3}`, start: 0, length: 3 },
    },
  }),
  call: (_: string, n: number): RolloutEntry => ({
    type: "response_item",
    payload: { item: { type: "function_call", call_id: `c${n % 3}`, name: "exec_command", arguments: "{}" } },
  }),
  output: (_: string, n: number): RolloutEntry => ({
    type: "response_item",
    payload: { item: { type: "function_call_output", call_id: `c${n % 3}`, output: `out ${n}` } },
  }),
  usage: (turnId: string): RolloutEntry => ({ ...sample("usage"), payload: { ...sample("usage").payload, turnId } }),
  context: (turnId: string): RolloutEntry => ({
    ...sample("turn_context"),
    payload: { ...sample("turn_context").payload, turnId },
  }),
  name: (_: string, n: number): RolloutEntry => ({ type: "thread_name", payload: { name: `n${n}` } }),
  revert: (turnId: string): RolloutEntry => ({
    type: "reverted",
    payload: { beforeTurnId: turnId, at, settings: sample("reverted").payload.settings },
  }),
  garbage: () => null,
  torn: () => null,
  otherHands: (turnId: string): RolloutEntry => ({ type: "turn_started", payload: { turnId, at: at + 1 } }),
};
const command = (id: string, completedAtMs: number | null) => ({
  type: "commandExecution" as const,
  id,
  command: "true",
  cwd: "/w",
  source: "agent" as const,
  status: completedAtMs === null ? ("inProgress" as const) : ("completed" as const),
  commandActions: [],
  startedAtMs: at,
  completedAtMs,
});
function sample<T extends RolloutEntry["type"]>(type: T) {
  const found = entriesOfAllTypes.find((entry): entry is Extract<RolloutEntry, { type: T }> => entry.type === type);
  if (found === undefined) throw new Error(`no sample of ${type}`);
  return found;
}

function textOf(steps_: readonly Step[], first: RolloutEntry): string {
  const entries = [first, ...steps_.map((step) => ({ step, entry: steps[step.kind](`t${step.turn}`, step.n) }))];
  return entries
    .map((given, ordinal) => {
      const { step, entry } = "step" in given ? given : { step: null, entry: given };
      const frame = { timestamp: new Date(at + ordinal).toISOString(), ordinal };
      if (step?.kind === "garbage") return `${JSON.stringify({ ...frame, type: "turn_started" })}x\n`;
      if (step?.kind === "torn") return '{"timestamp":"20\n';
      // The same in another order.
      if (step?.kind === "otherHands") return `${JSON.stringify({ ...entry, ...frame })}\n`;
      return `${JSON.stringify({ ...frame, ...entry })}\n`;
    })
    .join("");
}

const kinds = Object.keys(steps) as Step["kind"][];
const weights: Partial<Record<Step["kind"], number>> = { garbage: 1, torn: 1, otherHands: 1, revert: 2, name: 1 };
const stepsOf = fc.array(
  fc.record({
    kind: fc.oneof(...kinds.map((kind) => ({ arbitrary: fc.constant(kind), weight: weights[kind] ?? 4 }))),
    turn: fc.nat({ max: 6 }),
    n: fc.nat({ max: 20 }),
  }),
  { maxLength: 60 },
);

async function home() {
  const root = await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-layout-"));
  const store = createRolloutStore(root);
  const bases = createHistoryBases(root, store);
  const stored = createStoredThreads(store, bases, { now: () => at });
  const fileOf = async (id: string, text: string): Promise<string> => {
    const file = store.fileFor(id, at);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, text);
    return file;
  };
  return {
    store,
    bases,
    stored,
    fileOf,
    [Symbol.asyncDispose]: () => fs.rm(root, { recursive: true }),
  };
}

/** The pages of a thread from its layout are the turns that a replay of all its lines shows. */
async function compare(
  made: Awaited<ReturnType<typeof home>>,
  layout: FileLayout | null,
  file: string,
  count: { read: number; left: number },
) {
  const place = { file, closedAtMs: at + 100, mark: null };
  const whole = await made.stored.openLines(place);
  const { turns } = whole.replayed;
  const streamed = await made.stored.open(place);
  expect({ ...streamed.replayed, history: null }).toEqual({ ...whole.replayed, history: null });
  expect(Buffer.concat(streamed.replayed.history.chunks()).equals(Buffer.concat(whole.replayed.history.chunks()))).toBe(
    true,
  );
  expect(streamed.replayed.history.userMessages).toEqual(whole.replayed.history.userMessages);
  const told = ({ meta, damage, end, firstWordsAt }: typeof streamed) => [
    meta,
    damage,
    end.offset,
    end.nextOrdinal,
    firstWordsAt,
  ];
  expect(told(streamed)).toEqual(told(whole));
  if (layout === null) return;
  expect(layout.turns.map(({ id }) => id)).toEqual(turns.map(({ id }) => id));
  for (const [index, turn] of layout.turns.entries()) {
    const read = await readTurns(layout, [turn], { end: null, checkpoints: [], closedAtMs: at + 100 });
    count[read === null ? "left" : "read"] += 1;
    if (read !== null) expect(read.turns).toEqual([turns[index]]);
  }
}

test("turns that are read from their place are those that a replay of the whole shows", async () => {
  await using made = await home();
  const count = { read: 0, left: 0 };
  await fc.assert(
    fc.asyncProperty(stepsOf, async (given) => {
      const file = await made.fileOf(parentId, textOf(given, begin(parentId)));
      const layout = await createLayouts(made.bases).of(file, null);
      expect(layout).not.toBeNull();
      await compare(made, layout, file, count);
    }),
    { numRuns: 150 },
  );
  // What stands before the turn that shows it, as no writer leaves it, is left to a replay of the whole.
  expect(count.read).toBeGreaterThan(count.left);
});

test("the same holds for a fork, which hides turns that it shares", async () => {
  await using made = await home();
  const count = { read: 0, left: 0 };
  await fc.assert(
    fc.asyncProperty(stepsOf, stepsOf, async (before, given) => {
      const shared = textOf(before, begin(parentId));
      const parent = await made.fileOf(parentId, `${shared}${textOf(given, begin(parentId))}`);
      await made.bases.drop(forkId);
      const base = { threadId: parentId, endOrdinal: before.length + 1, endByteOffset: Buffer.byteLength(shared) };
      await made.bases.keep(forkId, [{ ...base, file: parent }]);
      const file = await made.fileOf(forkId, textOf(given, begin(forkId, [base])));
      await compare(made, await createLayouts(made.bases).of(file, null), file, count);
    }),
    { numRuns: 75 },
  );
  expect(count.read).toBeGreaterThan(count.left);
});

test("where a shared file cannot be read, the other thread's own is, also by a layout that knew it", async () => {
  await using made = await home();
  const turn = (n: number): Step[] => (["begin", "user", "end"] as const).map((kind) => ({ kind, turn: n, n }));
  const shared = textOf(turn(1), begin(parentId));
  const parent = await made.fileOf(parentId, shared);
  const base = { threadId: parentId, endOrdinal: 4, endByteOffset: Buffer.byteLength(shared) };
  const page = { limit: 9, cursor: null, direction: "asc", itemsView: "full" } as const;
  // With and without lines that hide others, which are read in two ways.
  for (const own of [turn(2), [...turn(2), ...turn(3), { kind: "revert", turn: 3, n: 0 } as const]]) {
    await made.bases.keep(forkId, [{ ...base, file: parent }]);
    const file = await made.fileOf(forkId, textOf(own, begin(forkId, [base])));
    const place = { file, closedAtMs: at, mark: null };
    const link = (await made.bases.locate(forkId, { historyBase: [base] }))?.[0]?.file ?? "";
    const layouts = createLayouts(made.bases);
    const pages = createTurnPages({ ...made, layouts });
    expect(await pages.turns(forkId, place, page)).toMatchObject({ data: [{ id: "t1" }, { id: "t2" }] });

    await fs.rm(link);
    await fs.mkdir(link);
    const { size } = await fs.stat(link);
    // As one that was dropped after it was looked at, where a folder is smaller than what is shared.
    const locate = async () => [{ ...base, file: size < base.endByteOffset ? `${link}.gone` : link }];
    const bases = { ...made.bases, locate };
    expect((await pages.turns(forkId, place, page)).data.map(({ id }) => id)).toEqual(["t1", "t2"]);
    expect((await pages.view(forkId, place, { areAllWanted: false, page }, null)).page?.data).toHaveLength(2);
    expect(await createLayouts(bases).of(file, null)).toBeNull();
    const stored = createStoredThreads(made.store, bases, { now: () => at }, createLayouts(bases));
    const { replayed, damage } = await stored.open(place);
    expect(replayed.turns.map(({ id }) => id)).toEqual(["t1", "t2"]);
    expect(damage).toEqual([]);
    await fs.rmdir(link);
  }
});

test("a layout that grew with its file is the one that is made of the whole", async () => {
  await using made = await home();
  await fc.assert(
    fc.asyncProperty(stepsOf, fc.nat(), async (given, cut) => {
      const text = textOf(given, begin(parentId));
      const layouts = createLayouts(made.bases);
      // Somewhere inside a line, too.
      const file = await made.fileOf(parentId, text.slice(0, 1 + (cut % text.length)));
      await layouts.of(file, null);
      const handle = await fs.open(file, "r+");
      await handle.write(text, 0);
      await handle.close();
      const grown = await layouts.of(file, null);
      expect(grown).toEqual(await createLayouts(made.bases).of(file, null));
    }),
    { numRuns: 75 },
  );
});

test("a file that was written anew is not taken for the one that was read before", async () => {
  await using made = await home();
  const layouts = createLayouts(made.bases);
  const turn = (n: number): Step => ({ kind: "begin", turn: n, n: 0 });
  const file = await made.fileOf(parentId, textOf([turn(1), turn(2)], begin(parentId)));
  expect((await layouts.of(file, null))?.turns.map(({ id }) => id)).toEqual(["t1", "t2"]);
  await made.fileOf(parentId, textOf([turn(3), turn(4), turn(5)], begin(parentId)));
  expect((await layouts.of(file, null))?.turns.map(({ id }) => id)).toEqual(["t3", "t4", "t5"]);
  await made.fileOf(parentId, textOf([turn(6)], begin(parentId)));
  expect((await layouts.of(file, null))?.turns.map(({ id }) => id)).toEqual(["t6"]);
});

test("pages go through a thread in both directions, whether turns can be read by themselves or not", async () => {
  await using made = await home();
  const turns = [1, 2, 3, 4, 5].flatMap((turn): Step[] => [
    { kind: "begin", turn, n: 0 },
    { kind: "context", turn, n: 0 },
    { kind: "user", turn, n: 2 * turn },
    { kind: "user", turn, n: 2 * turn + 1 },
    { kind: "end", turn, n: 0 },
  ]);
  const text = textOf([...turns, { kind: "begin", turn: 6, n: 0 }], begin(parentId));
  for (const damaged of [text, text.replace("{", "{{")]) {
    const file = await made.fileOf(parentId, damaged);
    const place = { file, closedAtMs: at, mark: null };
    const pages = createTurnPages({ ...made, layouts: createLayouts(made.bases) });
    for (const direction of ["asc", "desc"] as const) {
      const ids: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await pages.turns(parentId, place, { limit: 4, cursor, direction, itemsView: "full" });
        ids.push(...page.data.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== null);
      const all = ["t1", "t2", "t3", "t4", "t5", "t6"];
      expect(ids).toEqual(direction === "asc" ? all : all.toReversed());

      const items: string[] = [];
      let first: string | null = null;
      do {
        const page = await pages.items(parentId, place, { limit: 3, cursor, direction, turnId: null });
        items.push(...page.data.map(({ turnId, item }) => `${turnId} ${item.id}`));
        first ??= page.backwardsCursor;
        cursor = page.nextCursor;
      } while (cursor !== null);
      const everything = [1, 2, 3, 4, 5].flatMap((n) => [`t${n} u${2 * n}`, `t${n} u${2 * n + 1}`]);
      expect(items).toEqual(direction === "asc" ? everything : everything.toReversed());
      const back = direction === "asc" ? "desc" : "asc";
      const again = await pages.items(parentId, place, { limit: 3, cursor: first, direction: back, turnId: null });
      expect(again.data.map(({ item }) => item.id)).toEqual([items[0]?.split(" ")[1]]);
      expect(again.nextCursor).toBeNull();
    }
    const request = { limit: 9, cursor: null, direction: "asc", turnId: "t3" } as const;
    const one = await pages.items(parentId, place, request);
    expect(one.data.map(({ item }) => item.id)).toEqual(["u6", "u7"]);
    for (const turnId of ["t6", "none"]) {
      expect((await pages.items(parentId, place, { ...request, turnId })).data).toEqual([]);
    }
  }
});

test("a view of a thread reads its newest turns once, and none for a cursor of turns", async () => {
  await using made = await home();
  const taken = [1, 2, 3].flatMap((turn): Step[] => [
    { kind: "begin", turn, n: 0 },
    { kind: "user", turn, n: 2 * turn },
    { kind: "user", turn, n: 2 * turn + 1 },
    { kind: "end", turn, n: 0 },
  ]);
  const file = await made.fileOf(parentId, textOf(taken, begin(parentId)));
  const layouts = createLayouts(made.bases);
  let reads = 0;
  const counting: Layouts = {
    async of(...asked) {
      const layout = await layouts.of(...asked);
      if (layout === null) return null;
      const { hidden } = layout;
      // Asked for once whenever turns are read.
      return Object.defineProperty({ ...layout }, "hidden", { get: () => ((reads += 1), hidden) });
    },
  };
  const pages = createTurnPages({ ...made, layouts: counting });
  const place = { file, closedAtMs: at, mark: null };
  const page = { limit: 2, cursor: null, direction: "desc", itemsView: "full" } as const;
  const seen = [];
  for (const asked of [page, { ...page, limit: 1 }, null]) {
    reads = 0;
    const view = await pages.view(parentId, place, { areAllWanted: false, page: asked }, null);
    seen.push({ reads, turns: view.page?.data.map(({ id }) => id) ?? [] });
    const turn = await pages.turns(parentId, place, { ...page, limit: 1, cursor: view.turnsBackwardsCursor });
    expect(turn.data.map(({ id }) => id)).toEqual(["t3"]);
    const item = { limit: 1, cursor: view.itemsBackwardsCursor, direction: "desc", turnId: null } as const;
    expect((await pages.items(parentId, place, item)).data.map((entry) => entry.item.id)).toEqual(["u7"]);
  }
  expect(seen).toEqual([
    { reads: 1, turns: ["t3", "t2"] },
    { reads: 1, turns: ["t3"] },
    { reads: 1, turns: [] },
  ]);
});
