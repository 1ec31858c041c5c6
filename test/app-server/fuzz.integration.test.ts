import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { answer, message } from "../../src/demo/script.ts";
import { startResponsesServer } from "../../src/demo/server.ts";
import { clientMethods, type MethodTable } from "../../src/protocol/methods.ts";
import { builtCli, startCliServer, type CliServer } from "../helpers/cli.ts";
import { fuzz, fuzzMs } from "../helpers/fuzz.ts";
import { lineOf, paramsFor } from "./fuzz/params.ts";

/** A hang: far beyond what the slowest machine needs for any of these requests. */
const hangMs = 25_000;

const methods: MethodTable = clientMethods;
/** What writes the configuration comes last: the others would fail for its sake. */
const names = Object.keys(methods).sort((a, b) => Number(a.startsWith("config/")) - Number(b.startsWith("config/")));

beforeAll(async () => {
  await builtCli();
});

/** A server with a model, in a world of its own: nothing outside of its folders has a name that is sent. */
async function startFuzzed() {
  const root = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-fuzz-")));
  const play = path.join(root, "play");
  await fs.mkdir(play);
  await fs.writeFile(path.join(play, "a"), "text\n");
  const model = await startResponsesServer({ respond: () => answer(message("ok")) });
  const server = await startCliServer({
    cwd: play,
    config: `model = "m"\nmodel_provider = "mock"\n[model_providers.mock]\nbase_url = "${model.url}"\n`,
    env: { HOME: root },
  });
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]();
    await model.close();
    await fs.rm(root, { recursive: true, force: true, maxRetries: 5 });
  });
  server.onServerRequest(() => ({ decision: "decline" }));
  const capabilities = { experimentalApi: true };
  await server.request("initialize", { clientInfo: { name: "probe", version: "1" }, capabilities });
  server.send({ method: "initialized" });
  const { result } = await server.request("thread/start", { cwd: play, ephemeral: false });
  const { id: threadId } = (result as { thread: { id: string } }).thread;
  const isDone = server.until(({ method }) => method === "turn/completed");
  await server.request("turn/start", { threadId, input: [{ type: "text", text: "hi" }] });
  await isDone;
  const strings = [threadId, play, path.join(play, "a"), path.join(play, "none"), "a", "true", "", "../victim"];
  return { server, strings, answers: watchAnswers(server) };
}

/** Counts the answers to what is asked through it. */
function watchAnswers(server: CliServer) {
  const asked = new Map<string, number>();
  const answered = new Map<string, number>();
  const open = new Set<string>();
  let wake = (): void => undefined;
  /** What a handler did not expect is told with these words. */
  const faults: string[] = [];
  const count = (sent: Readonly<Record<string, unknown>>): boolean => {
    const key = JSON.stringify(sent["id"]);
    if (sent["method"] !== undefined || !asked.has(key)) return false;
    const { message: said = "" } = (sent["error"] ?? {}) as { message?: string };
    if (said.includes("because of a fault in the server")) faults.push(said);
    answered.set(key, (answered.get(key) ?? 0) + 1);
    if ((answered.get(key) ?? 0) >= (asked.get(key) ?? 0)) open.delete(key);
    if (open.size === 0) wake();
    return false;
  };
  server.until(count).catch((error: unknown) => {
    ended = new Error("the server ended", { cause: error });
    wake();
  });
  let ended: Error | null = null;
  return {
    /** `line`: the request, or what is left of it to send. */
    ask(id: string | number, line: string | Uint8Array): void {
      const key = JSON.stringify(id);
      asked.set(key, (asked.get(key) ?? 0) + 1);
      open.add(key);
      server.child.stdin.write(line);
      server.child.stdin.write("\n");
    },
    /** Resolves when each request has its answer, and the connection still serves. */
    async settle(): Promise<void> {
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => late.reject(new Error(`no answer to ${[...open].join()}`)), hangMs);
      try {
        await Promise.race([open.size === 0 ? null : new Promise<void>((resolve) => (wake = resolve)), late.promise]);
        if (ended !== null) throw ended;
        const loaded = await Promise.race([server.request("thread/loaded/list", {}), late.promise]);
        expect(loaded).toHaveProperty("result");
      } finally {
        clearTimeout(timer);
      }
    },
    /** Each request was answered, and none twice. */
    expectOnce(): void {
      expect([...answered].filter(([key, times]) => times !== asked.get(key))).toEqual([]);
      expect(answered.size).toBe(asked.size);
      expect(faults).toEqual([]);
    },
  };
}

/** Ends the server: in order, with nothing but messages on stdout. */
async function expectOrderlyEnd(server: CliServer): Promise<void> {
  server.child.stdin.end();
  expect(await server.exited, server.stderr().slice(-2000)).toEqual({ code: 0, signal: null });
  expect(server.strays).toEqual([]);
  expect(server.stderr()).not.toMatch(/unhandled|uncaught/iu);
}

test(
  "params of every method, right and wrong, are answered once each, and the server goes on",
  { timeout: fuzzMs(120_000) },
  async () => {
    const { server, strings, answers } = await startFuzzed();
    let id = 0;
    for (const name of names) {
      const schema = methods[name]?.params;
      if (schema === undefined) continue;
      const calls = fc.array(paramsFor(schema, strings), { minLength: 4, maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(calls, async (batch) => {
          for (const params of batch) answers.ask(`f${++id}`, lineOf({ method: name, id: `f${id}`, params }));
          await answers.settle();
        }),
        { ...fuzz(2), endOnFailure: true },
      );
    }
    await expectOrderlyEnd(server);
    answers.expectOnce();
  },
);

/** What is sent next to requests: lines that are no message, or none that is answered. */
const noise = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ maxLength: 100, unit: "binary" }),
  fc.json({ maxDepth: 4 }),
  fc.constantFrom(
    ...["{", "[]", "null", "0", '""', "{}", '{"id":1}', '{"id":null,"method":"thread/list"}', '{"method":5}'],
    ...['{"id":"x","result":{}}', '{"id":0,"error":null}', '{"id":77,"error":{"code":1,"message":"m"}}'],
    ...[
      '{"method":"initialized"}',
      '{"method":"__proto__","params":{}}',
      '{"method":"$/cancelRequest","params":{"id":1}}',
    ],
    `{"a":${"[".repeat(50_000)}`,
    `${"[".repeat(50_000)}${"]".repeat(50_000)}`,
    '{"id":1.5,"method":"thread/list","params":{}}',
    '{"__proto__":{"id":1,"method":"thread/list"}}',
  ),
);
const ids = fc.constantFrom<string | number>("", "__proto__", "constructor", 0, -1, 2 ** 53 - 1, "1", 1, "💥", "\0");
const asks = fc.record({
  id: ids,
  method: fc.constantFrom(...names, "__proto__", "constructor", "toString", "", "thread/", "initialized"),
  /** Where the line is cut, to arrive in two pieces. */
  cut: fc.nat({ max: 60 }),
});

test(
  "between random bytes, torn lines and repeated ids each request is answered once",
  { timeout: fuzzMs(120_000) },
  async () => {
    const { server, answers } = await startFuzzed();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(noise, asks), { minLength: 1, maxLength: 20 }), async (sent) => {
        for (const one of sent) {
          if (typeof one === "string" || one instanceof Uint8Array) {
            server.child.stdin.write(one);
            server.child.stdin.write("\n");
            continue;
          }
          // Params that no method takes: nothing happens but an answer.
          const line = Buffer.from(
            JSON.stringify({ method: one.method, id: one.id, params: [randomBytes(4).toString("hex")] }),
          );
          server.child.stdin.write(line.subarray(0, one.cut));
          await new Promise(setImmediate);
          answers.ask(one.id, line.subarray(one.cut));
        }
        await answers.settle();
      }),
      { ...fuzz(60), endOnFailure: true },
    );
    server.child.stdin.write(Buffer.alloc(65 * 1024 * 1024, "x"));
    server.child.stdin.write("\n");
    await answers.settle();
    await expectOrderlyEnd(server);
    answers.expectOnce();
  },
);
