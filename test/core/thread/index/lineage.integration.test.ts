import { expect, test } from "vitest";
import { startAgent } from "../../../helpers/agent.ts";
import { responsesServer } from "../../../helpers/responses-server.ts";
import { inspect, readWhole } from "./harness.ts";

const me = { name: "test", version: "1" };
const full = { sandbox: "danger-full-access", approvalPolicy: "never" } as const;
const say = (text: string) => ({ type: "message" as const, text });
const whole = { lastTurnId: null, beforeTurnId: null, ephemeral: false };

test("a fork is found by what it shares, a reverted thread is not found by what it hides, and both are listed as they are", async () => {
  await using model = await responsesServer(say("an aardvark"), say("a zebra"), say("a quagga"), say("an okapi"));
  await using agent = await startAgent({ url: model.url, isReadBack: false });
  const { thread: parent } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  await agent.play(parent.id, "first");
  const hidden = await agent.play(parent.id, "second");
  const { thread: fork } = await agent.threads.fork(parent.id, whole, me);
  await agent.play(fork.id, "third");
  const found = async (term: string) => {
    const { data } = await agent.threads.search({ term, limit: 10, cursor: null, sortKey: "created_at" });
    return data.map(({ thread, item }) => [thread.id === fork.id ? "fork" : "parent", item?.turnId]);
  };
  const [first] = (await agent.threads.read(parent.id, { includeTurns: true })).turns;
  const both = [
    ["fork", hidden.turn.id],
    ["parent", hidden.turn.id],
  ];
  for (const _ of ["before it is read", "after"]) {
    expect(await found("zebra")).toEqual(both);
    expect((await found("quagga")).map(([which]) => which)).toEqual(["fork"]);
    await readWhole(agent.home, 2);
  }
  await agent.threads.revert(parent.id, hidden.turn.id);
  for (const _ of ["before it is read", "after"]) {
    expect(await found("zebra")).toEqual([["fork", hidden.turn.id]]);
    expect(await found("aardvark")).toEqual([
      ["fork", first?.id],
      ["parent", first?.id],
    ]);
    await readWhole(agent.home, 2);
  }
  await agent.play(parent.id, "fourth");
  expect((await found("okapi")).map(([which]) => which)).toEqual(["parent"]);
  await agent.threads.close();
  await using two = await startAgent({ url: model.url, home: agent.home, cwd: agent.cwd });
  const { data } = await two.threads.list({ limit: 10, cursor: null, cwds: null });
  expect(data.map(({ id, preview, forkedFromId }) => [id, preview, forkedFromId])).toEqual([
    [fork.id, "first", parent.id],
    [parent.id, "first", null],
  ]);
  await readWhole(agent.home, 2);
  // Of a thread that is not plain nothing is left of an earlier reading.
  expect(inspect(agent.home, "SELECT items FROM threads ORDER BY created")).toEqual([{ items: 4 }, { items: 6 }]);
  expect(inspect(agent.home, "SELECT count(*) AS n FROM items WHERE line IS NULL")).toEqual([{ n: 10 }]);
});
