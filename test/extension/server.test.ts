import { expect, test } from "vitest";
import { recentCrashes, restartDelayMs } from "../../src/extension/restart-policy.ts";
import { superviseServer } from "../../src/extension/server.ts";
import type { RunningServer, ServerStatus } from "../../src/extension/server.ts";
import type { ServerConnection } from "../../src/extension/ports.ts";

/** Servers that run until the test ends them, and a clock that the test moves. */
function machine(fails: () => boolean = () => false) {
  let now = 0;
  let timers: { at: number; callback: () => void }[] = [];
  const started: { crash: (why: string) => void; isClosed: boolean }[] = [];
  const statuses: ServerStatus[] = [];
  const recovered: ServerConnection[] = [];
  let lost = 0;
  const supervisor = superviseServer({
    launch: async (): Promise<RunningServer> => {
      if (fails()) throw new Error("no such file");
      const end = Promise.withResolvers<string>();
      const entry = { crash: end.resolve, isClosed: false };
      started.push(entry);
      const connection: ServerConnection = {
        isTurnwright: true,
        request: () => Promise.reject(new Error("This server answers nothing.")),
      };
      return {
        connection,
        ended: end.promise,
        close: async () => {
          entry.isClosed = true;
          end.resolve("closed");
        },
      };
    },
    now: () => now,
    later: (ms, callback) => {
      const timer = { at: now + ms, callback };
      timers.push(timer);
      return () => (timers = timers.filter((other) => other !== timer));
    },
    statusChanged: (status) => statuses.push(status),
    lost: () => (lost += 1),
    recovered: (connection) => recovered.push(connection),
  });
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 30; round += 1) await Promise.resolve();
  };
  const pass = async (ms: number): Promise<void> => {
    await settle();
    now += ms;
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter(({ at }) => at > now);
    for (const { callback } of due) callback();
    await settle();
  };
  return { supervisor, started, statuses, recovered, pass, lostCount: () => lost };
}

test("the wait grows with each crash, and the fifth within two minutes is the last", () => {
  expect([1, 2, 4, 5].map(restartDelayMs)).toEqual([250, 500, 2_000, null]);
  expect(recentCrashes([0, 1_000, 2_000, 119_999])).toHaveLength(4);
  expect(recentCrashes([0, 1_000, 2_000, 122_000])).toEqual([122_000]);
});

test("crashes of long ago are not counted, and not told", async () => {
  const { supervisor, started, statuses, pass } = machine();
  await supervisor.connect();
  for (let round = 0; round < 6; round += 1) {
    started.at(-1)?.crash("It ended with status 1.");
    await pass(0);
    await pass(200_000);
  }
  for (let round = 0; round < 5; round += 1) {
    started.at(-1)?.crash("It ended with status 1.");
    await pass(0);
    await pass(5_000);
  }
  expect(statuses.at(-1)).toEqual({
    status: "stopped",
    message: "The server failed 5 times within two minutes and is not started again. It ended with status 1.",
  });
});

test("nothing is started before the first use, and then once", async () => {
  const { supervisor, started, statuses } = machine();
  expect(started).toHaveLength(0);
  const [one, two] = await Promise.all([supervisor.connect(), supervisor.connect()]);
  expect(one).toBe(two);
  expect(started).toHaveLength(1);
  expect(statuses.map(({ status }) => status)).toEqual(["starting", "ready"]);
});

test("a server that crashes is started again, and whoever asks meanwhile gets the new one", async () => {
  const { supervisor, started, statuses, recovered, pass, lostCount } = machine();
  const before = await supervisor.connect();
  started[0]?.crash("It was ended by SIGKILL.");
  await pass(0);
  expect(statuses.at(-1)).toEqual({
    status: "restarting",
    message: expect.stringContaining("SIGKILL") as string,
  });
  const asked = supervisor.connect();
  await pass(250);
  const after = await asked;
  expect(after).not.toBe(before);
  expect(recovered).toEqual([after]);
  expect(lostCount()).toBe(1);
  expect(statuses.at(-1)?.status).toBe("ready");
});

test("a server that never comes up is given up after five tries, with the reason", async () => {
  const { supervisor, statuses, pass } = machine(() => true);
  const asked = supervisor.connect().catch((error: unknown) => error);
  for (let round = 0; round < 5; round += 1) await pass(10_000);
  expect(await asked).toMatchObject({ message: expect.stringContaining("no such file") as string });
  expect(statuses.at(-1)?.status).toBe("stopped");
  await expect(supervisor.connect()).rejects.toThrow("not started again");
});

test("restarting by hand gives a stopped server another chance", async () => {
  let isBroken = true;
  const { supervisor, started, pass } = machine(() => isBroken);
  const asked = supervisor.connect().catch(() => "failed");
  for (let round = 0; round < 5; round += 1) await pass(10_000);
  await expect(asked).resolves.toBe("failed");
  isBroken = false;
  await supervisor.restart();
  expect(started).toHaveLength(1);
  expect(supervisor.status().status).toBe("ready");
});

test("restarting by hand ends the old server and is not taken for a crash", async () => {
  const { supervisor, started, statuses, recovered, pass } = machine();
  await supervisor.connect();
  await supervisor.restart();
  await pass(10_000);
  expect(started.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  expect(statuses.map(({ status }) => status)).toEqual(["starting", "ready", "starting", "ready"]);
  expect(recovered).toEqual([]);
});

test("restarting what was never used starts nothing", async () => {
  const { supervisor, started } = machine();
  await supervisor.restart();
  expect(started).toHaveLength(0);
});

test("after the end nothing is started any more, not even what was waiting to be", async () => {
  const { supervisor, started, pass } = machine();
  await supervisor.connect();
  started[0]?.crash("It ended with status 1.");
  await pass(0);
  await supervisor.dispose();
  await pass(10_000);
  expect(started).toHaveLength(1);
  await expect(supervisor.connect()).rejects.toThrow("stopped");
});
