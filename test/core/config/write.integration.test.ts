import { writeFileSync } from "node:fs";
import fs from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../../src/core/config/load.ts";
import { readConfig } from "../../../src/core/config/read.ts";
import { createConfigWriter, type ConfigWriterOptions } from "../../../src/core/config/write.ts";
import { tryLock, waitForLock } from "../../../src/core/thread/rollout/lock.ts";
import { makeNamedPipe } from "../../helpers/named-pipe.ts";

let home = "";
let file = "";
beforeEach(async () => {
  home = await fs.mkdtemp(path.join(tmpdir(), "turnwright-config-"));
  file = path.join(home, "config.toml");
  onTestFinished(() => fs.rm(home, { recursive: true, force: true }));
});

const writer = (options: Partial<ConfigWriterOptions> = {}) =>
  createConfigWriter({
    home,
    systemFile: null,
    overrides: [],
    builtInProviders: ["openai"],
    async lock(target) {
      const attempt = await waitForLock(target, 0);
      return attempt.kind === "locked" ? () => attempt.lock.release() : null;
    },
    ...options,
  });
const edit = (keyPath: string, value: unknown) => ({ keyPath, value, mergeStrategy: "replace" }) as const;
const request = (...edits: ReturnType<typeof edit>[]) => ({ edits, filePath: null, expectedVersion: null });
const text = () => fs.readFile(file, "utf8");

test("a file that is not there is made, with its folder, for its owner alone", async () => {
  await fs.rm(home, { recursive: true });
  expect(await writer()(request(edit("model", "x")))).toMatchObject({ kind: "written", filePath: file });
  expect(await text()).toBe('model = "x"\n');
  expect((await fs.stat(file)).mode & 0o777).toBe(0o600);
  expect(await fs.readdir(home)).toEqual(["config.toml"]);
});

test("a file keeps its permissions and its byte order mark", async () => {
  await fs.writeFile(file, "\ufeff# mine\nmodel = 'a'\n");
  await fs.chmod(file, 0o640);
  await writer()(request(edit("model", "b")));
  expect(await text()).toBe('\ufeff# mine\nmodel = "b"\n');
  expect((await fs.stat(file)).mode & 0o777).toBe(0o640);
});

test("a linked file is written where it stands, and the link stays", async () => {
  const elsewhere = path.join(home, "dotfiles.toml");
  await fs.writeFile(elsewhere, "# dotfiles\n");
  await fs.symlink(elsewhere, file);
  expect(await writer()({ ...request(edit("model", "x")), filePath: elsewhere })).toMatchObject({
    kind: "written",
    filePath: file,
  });
  expect(await fs.readFile(elsewhere, "utf8")).toBe('# dotfiles\nmodel = "x"\n');
  expect(await fs.readlink(file)).toBe(elsewhere);
});

test("a form that cannot be edited in place is refused, and stays as it is", async () => {
  const odd = "[[c]]\n[c.a]\n[[c]]\n";
  await fs.writeFile(file, odd);
  await expect(writer()(request(edit("c", [])))).resolves.toMatchObject({
    message: expect.stringContaining("make the change by hand") as unknown,
  });
  expect(await text()).toBe(odd);
});

test("a link to nothing, a folder and a pipe are refused", async () => {
  await fs.symlink(path.join(home, "missing"), file);
  expect(await writer()(request(edit("model", "x")))).toMatchObject({ kind: "refused" });
  await fs.rm(file);
  await fs.mkdir(file);
  expect(await writer()(request(edit("model", "x")))).toMatchObject({
    kind: "refused",
    code: "configLayerReadonly",
    message: `${file} is no regular file`,
  });
  await fs.rm(file, { recursive: true });
  makeNamedPipe(file);
  expect(await writer()(request(edit("model", "x")))).toMatchObject({ message: `${file} is no regular file` });
});

test("a write that changes nothing leaves the file alone", async () => {
  await fs.writeFile(file, "model = 'x' # mine\n");
  const before = await fs.stat(file, { bigint: true });
  expect(await writer()(request(edit("model", "x"), edit("gone", null)))).toMatchObject({ kind: "written" });
  expect((await fs.stat(file, { bigint: true })).ino).toBe(before.ino);
});

test("the version is that of config/read, before and after", async () => {
  await fs.writeFile(file, "model = 'x'\n");
  const version = async () => {
    const loaded = await loadConfig({ home, systemFile: null, cwd: null, overrides: [] });
    if (loaded.kind === "failed") throw new Error(loaded.message);
    return readConfig(loaded, { includeLayers: true }).layers?.[0]?.version ?? "";
  };
  const first = await version();
  const written = await writer()({ ...request(edit("model", "y")), expectedVersion: first });
  expect(written).toMatchObject({ kind: "written", version: await version() });
  expect(await writer()({ ...request(edit("model", "z")), expectedVersion: first })).toEqual({
    kind: "refused",
    code: "configVersionConflict",
    message: "Configuration was modified since last read. Fetch latest version and retry.",
  });
  expect(await text()).toBe('model = "y"\n');
});

test("of several edits all are made or none, and a bad value is named with what is allowed", async () => {
  await fs.writeFile(file, "model = 'x'\n");
  const outcome = await writer()(request(edit("model", "y"), edit("approval_policy", "sometimes")));
  expect(outcome).toEqual({
    kind: "refused",
    code: "configValidationError",
    message: expect.stringMatching(
      /^Invalid configuration: approval_policy: .*"untrusted"\|"on-request"\|"never"/,
    ) as unknown,
  });
  expect(await text()).toBe("model = 'x'\n");
});

test("a profile that does not exist cannot be chosen: nothing would load any more", async () => {
  expect(await writer()(request(edit("profile", "p")))).toMatchObject({
    kind: "refused",
    message: "Invalid configuration: profile: there is no [profiles.p]",
  });
  const both = request(edit("profiles.p.model", "m"), edit("profile", "p"));
  expect(await writer()(both)).toMatchObject({ kind: "written" });
});

test("a bad value can be mended, a text that is no TOML cannot", async () => {
  await fs.writeFile(file, "model = 5\n");
  expect(await writer()(request(edit("sandbox_mode", "read-only")))).toMatchObject({
    kind: "refused",
    message: expect.stringMatching(/^Invalid configuration: model: /) as unknown,
  });
  expect(await writer()(request(edit("model", "x")))).toMatchObject({ kind: "written" });
  await fs.writeFile(file, "model = \n");
  expect(await writer()(request(edit("model", "x")))).toMatchObject({
    kind: "refused",
    message: expect.stringContaining(`failed to load configuration: ${file}:1:`) as unknown,
  });
});

test("a stronger layer that hides what was written is named, and a secret in it is not shown", async () => {
  const overrides = ["model=flag", "shell_environment_policy.set.A=secret"];
  expect(await writer({ overrides })(request(edit("approval_policy", "never")))).toMatchObject({
    overridden: null,
  });
  expect(await writer({ overrides })(request(edit("model", "flag")))).toMatchObject({ overridden: null });
  expect(await writer({ overrides })(request(edit("model", "mine")))).toMatchObject({
    overridden: {
      message: "Overridden by session flags",
      overridingLayer: { name: { type: "sessionFlags" } },
      effectiveValue: "flag",
    },
  });
  const variable = await writer({ overrides })(request(edit("shell_environment_policy.set.A", "mine")));
  expect(variable).toMatchObject({ overridden: { effectiveValue: "[redacted]" } });
  await writer()(request(edit("profiles.p.model", "of p"), edit("profile", "p")));
  expect(await writer()(request(edit("model", "mine")))).toMatchObject({
    overridden: { message: "Overridden by the profile p", effectiveValue: "of p" },
  });
});

test("a key that nobody knows is written, with a word about it; those that were there before are not told again", async () => {
  await fs.writeFile(file, "old_key = 1\n");
  expect(await writer()(request(edit("modle", "x")))).toMatchObject({
    warnings: [`${file}: unknown key modle has no effect. Did you mean model?`],
  });
  expect(await writer()(request(edit("tui.theme", "dark")))).toMatchObject({ warnings: [] });
});

test("writes of one process follow one another, and none is lost", async () => {
  const write = writer();
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, (_, index) => write(request(edit(`projects."/${index}".trust_level`, "untrusted")))),
  );
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(["written"]));
  expect((await text()).match(/trust_level/g)).toHaveLength(40);
});

test("while another window writes, this one does not", async () => {
  const other = tryLock(file);
  expect(await writer({ lock: async () => null })(request(edit("model", "x")))).toMatchObject({
    kind: "refused",
    code: "configVersionConflict",
  });
  if (other.kind === "locked") other.lock.release();
  expect(await writer()(request(edit("model", "x")))).toMatchObject({ kind: "written" });
});

test("a file that somebody changes meanwhile stays as they made it", async () => {
  await fs.writeFile(file, "model = 'x'\n");
  // The overrides are looked at between reading and writing. At that moment the user saves in an editor.
  const overrides = new Proxy<string[]>([], {
    get(target, key, receiver) {
      if (key === Symbol.iterator) writeFileSync(file, "model = 'by hand'\n");
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
  const write = writer({ overrides });
  expect(await write(request(edit("model", "y")))).toMatchObject({
    kind: "refused",
    code: "configVersionConflict",
    message: "Configuration was modified meanwhile. Fetch latest version and retry.",
  });
  expect(await text()).toBe("model = 'by hand'\n");
});

test("a value too large and too many changes at once are refused", async () => {
  expect(await writer()(request(edit("model", "x".repeat(1024 * 1024))))).toMatchObject({
    kind: "refused",
    message: "the file would be larger than 1048576 bytes",
  });
  await fs.writeFile(file, `# ${"x".repeat(100_000)}\n`);
  const many = Array.from({ length: 1000 }, (_, index) => edit(`k${index}`, 1));
  expect(await writer()(request(...many))).toMatchObject({
    kind: "refused",
    message: expect.stringContaining("too many changes at once") as unknown,
  });
});

test("a home that cannot be written to is said", async () => {
  await fs.writeFile(path.join(home, "file"), "");
  const below = path.join(home, "file", "home");
  expect(await writer({ home: below })(request(edit("model", "x")))).toMatchObject({
    kind: "refused",
    code: "configLayerReadonly",
    message: expect.stringContaining("the configuration cannot be written: ENOTDIR") as unknown,
  });
});
