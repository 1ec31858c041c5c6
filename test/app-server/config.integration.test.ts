import fs from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startCliServer, type CliOptions, type CliServer } from "../helpers/cli.ts";
import { sessionErrors } from "../helpers/wire-session.ts";

async function start(options: CliOptions = {}): Promise<CliServer> {
  const server = await startCliServer(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  await server.request("initialize", {
    clientInfo: { name: "probe", version: "1" },
    capabilities: { experimentalApi: true },
  });
  server.send({ method: "initialized" });
  return server;
}
const write = (server: CliServer, keyPath: string, value: unknown, more: object = {}) =>
  server.request("config/value/write", { keyPath, value, mergeStrategy: "replace", ...more });
const text = (server: CliServer) => fs.readFile(path.join(server.home, "config.toml"), "utf8");
const threadIn = (server: CliServer) => server.request("thread/start", { cwd: server.home });

test("what a client writes is in the file, in config/read and in the threads that are started later", async () => {
  const server = await start({
    config: '# mine\nmodel = "before" # keep\nmodel_provider = "demo"\n\n[tui]\ntheme = "dark"\n',
  });
  const before = await threadIn(server);
  expect(await write(server, "model", "after")).toEqual({
    id: expect.anything() as unknown,
    result: {
      status: "ok",
      version: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as unknown,
      filePath: path.join(server.home, "config.toml"),
      overriddenMetadata: null,
    },
  });
  expect(await text(server)).toBe('# mine\nmodel = "after" # keep\nmodel_provider = "demo"\n\n[tui]\ntheme = "dark"\n');
  const read = (await server.request("config/read", { includeLayers: true })) as {
    result: { config: object; origins: Record<string, object>; layers: { version: string }[] };
  };
  expect(read.result.config).toMatchObject({ model: "after" });
  expect(read.result.origins["model"]).toEqual({
    name: { type: "user", file: path.join(server.home, "config.toml"), profile: null },
    version: read.result.layers[0]?.version,
  });
  expect(before).toMatchObject({ result: { model: "before" } });
  expect(await threadIn(server)).toMatchObject({ result: { model: "after" } });
  expect(sessionErrors(server.session) ?? []).toEqual([]);
});

test("a batch is written as one; null removes", async () => {
  const server = await start({ config: 'model = "m"\nsandbox_mode = "read-only"\n' });
  const edits = [
    { keyPath: "sandbox_mode", value: null, mergeStrategy: "replace" },
    { keyPath: "model_providers.mine", value: { base_url: "http://127.0.0.1:9/v1" }, mergeStrategy: "upsert" },
    { keyPath: "model_providers.mine.env_key", value: "MINE_KEY", mergeStrategy: "upsert" },
  ];
  const answer = await server.request("config/batchWrite", { edits, reloadUserConfig: true });
  expect(answer).toMatchObject({ result: { status: "ok" } });
  expect(await text(server)).toBe(
    'model = "m"\n\n[model_providers.mine]\nbase_url = "http://127.0.0.1:9/v1"\nenv_key = "MINE_KEY"\n',
  );
  expect(sessionErrors(server.session) ?? []).toEqual([]);
});

const refused = [
  ["a bad value", "model", 5, "Invalid configuration: model: ", "configValidationError"],
  ["a path that is none", "", 5, "keyPath must not be empty", "configValidationError"],
  ["a segment that is none", "a..b", 5, "keyPath segments must not be empty", "configValidationError"],
  [
    "trust",
    'projects."/a/b".trust_level',
    "trusted",
    'projects."/a/b".trust_level: a client cannot trust a folder, you can: add [projects."/a/b"] with trust_level = "trusted" to ',
    "configValidationError",
  ],
  ["trust in a table", "projects", { "/a/b": { trust_level: "trusted" } }, "", "configValidationError"],
  ["another place for a known key", "model_providers.openai.base_url", "http://evil", "", "configValidationError"],
  ["a key", "model_providers.x.experimental_bearer_token", "sk-secret-of-mine", "", "configValidationError"],
] as const;

test("bad values, trust, built-in providers and keys are refused, and nothing is written", async () => {
  const config = '[model_providers.x]\nbase_url = "http://127.0.0.1:9/v1"\n';
  const server = await start({ config });
  for (const [what, keyPath, value, words, code] of refused) {
    const answer = await write(server, keyPath, value);
    expect(answer, what).toMatchObject({
      error: {
        code: -32600,
        message: expect.stringContaining(words) as unknown,
        data: { config_write_error_code: code },
      },
    });
    expect(JSON.stringify(answer)).not.toContain("sk-secret-of-mine");
    expect(await text(server), what).toBe(config);
  }
});

test("only the configuration in the home is written, in the version that was read", async () => {
  const server = await start();
  expect(await write(server, "model", "x", { filePath: "/tmp/other.toml" })).toMatchObject({
    error: {
      message: expect.stringMatching(/^Only writes to the user config are allowed/) as unknown,
      data: { config_write_error_code: "configLayerReadonly" },
    },
  });
  expect(await write(server, "model", "x", { expectedVersion: "sha256:00" })).toMatchObject({
    error: {
      message: "Configuration was modified since last read. Fetch latest version and retry.",
      data: { config_write_error_code: "configVersionConflict" },
    },
  });
  const filePath = path.join(server.home, "config.toml");
  const first = (await write(server, "model", "x", { filePath })) as { result: { version: string } };
  expect(await write(server, "model", "y", { expectedVersion: first.result.version })).toMatchObject({
    result: { status: "ok" },
  });
});

const badParams = [
  ["config/value/write", { keyPath: "a", value: 1 }, "missing field `mergeStrategy`"],
  ["config/value/write", { keyPath: "a", mergeStrategy: "replace" }, "missing field `value`"],
  [
    "config/value/write",
    { keyPath: "a", value: 1, mergeStrategy: "x" },
    "unknown variant `x`, expected one of `replace`, `upsert`",
  ],
  ["config/batchWrite", {}, "missing field `edits`"],
  [
    "config/batchWrite",
    { edits: [{ keyPath: 1, value: 1, mergeStrategy: "replace" }] },
    "invalid type: integer `1`, expected a string",
  ],
] as const;

test("bad params are refused in the words of the protocol", async () => {
  const server = await start();
  for (const [method, params, words] of badParams) {
    expect(await server.request(method, params)).toMatchObject({
      error: { code: -32600, message: `Invalid request: ${words}` },
    });
  }
});

test("a value that the command line hides is written and said to be hidden", async () => {
  const server = await start({ args: ["-c", "model=flag"] });
  expect(await write(server, "model", "mine")).toMatchObject({
    result: {
      status: "okOverridden",
      overriddenMetadata: {
        message: "Overridden by session flags",
        overridingLayer: { name: { type: "sessionFlags" }, version: expect.stringMatching(/^sha256:/) as unknown },
        effectiveValue: "flag",
      },
    },
  });
  expect(sessionErrors(server.session) ?? []).toEqual([]);
});

test("the client hears of a key that nobody knows", async () => {
  const server = await start();
  await write(server, "sandbox_mod", "read-only");
  const warning = await server.until(({ method }) => method === "configWarning");
  expect(warning).toMatchObject({
    params: {
      summary: expect.stringContaining("unknown key sandbox_mod has no effect. Did you mean sandbox_mode?") as unknown,
    },
  });
});

test("two servers on one home write in turns, and nothing of either is lost", async () => {
  const first = await start();
  const second = await start({ env: { TURNWRIGHT_HOME: first.home } });
  const keys = Array.from({ length: 10 }, (_, index) => `features.f${index}`);
  const answers = await Promise.all(
    keys.flatMap((key) => [write(first, `${key}a`, true), write(second, `${key}b`, true)]),
  );
  for (const answer of answers) expect(answer).toMatchObject({ result: { status: "ok" } });
  expect((await text(first)).match(/^f\d[ab] = true$/gm)).toHaveLength(20);
  const files = await fs.readdir(first.home);
  expect(files.filter((name) => name.startsWith("config.toml"))).toEqual(["config.toml"]);
});

test("nobody demands anything of this configuration", async () => {
  const server = await start();
  expect(await server.request("configRequirements/read")).toMatchObject({ result: { requirements: null } });
  expect(sessionErrors(server.session) ?? []).toEqual([]);
});
