import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { AuthFileError, createAuth, openaiKeyName } from "../../../src/core/auth/auth.ts";

let home = "";
let path = "";
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "turnwright-auth-"));
  home = join(folder, "home");
  path = join(home, "auth.json");
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});
const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

test("a saved key is in a file for the user alone, in the shape that other tools read", async () => {
  const auth = createAuth({ home, env: {} });
  await auth.saveKey(openaiKeyName, " sk-one\n");
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ auth_mode: "apikey", OPENAI_API_KEY: "sk-one" });
  if (process.platform !== "win32") expect([await modeOf(path), await modeOf(home)]).toEqual([0o600, 0o700]);
  expect(await readdir(home)).toEqual(["auth.json"]);
  const later = createAuth({ home, env: {} });
  expect([await later.key(openaiKeyName), await later.source(openaiKeyName)]).toEqual(["sk-one", "file"]);
});

test("the client's key goes before the environment's, and that before the file's", async () => {
  await createAuth({ home, env: {} }).saveKey(openaiKeyName, "sk-file");
  const env: NodeJS.ProcessEnv = {};
  const auth = createAuth({ home, env });
  expect(await auth.source(openaiKeyName)).toBe("file");
  env.OPENAI_API_KEY = "sk-env";
  expect([await auth.key(openaiKeyName), await auth.source(openaiKeyName)]).toEqual(["sk-env", "environment"]);
  auth.useKey(openaiKeyName, "sk-client");
  expect([await auth.key(openaiKeyName), await auth.source(openaiKeyName)]).toEqual(["sk-client", "client"]);
});

test("a key is found under its own name only", async () => {
  const auth = createAuth({ home, env: { OTHER_KEY: "sk-other" } });
  auth.useKey(openaiKeyName, "sk-openai");
  expect(await auth.key("OTHER_KEY")).toBe("sk-other");
  expect(await auth.key("THIRD_KEY")).toBeNull();
  expect(await auth.source("THIRD_KEY")).toBeNull();
});

test("saving keeps what else the file holds, and closes it to others", async () => {
  await createAuth({ home, env: {} }).saveKey("A_KEY", "a");
  await writeFile(path, JSON.stringify({ tokens: { x: 1 }, A_KEY: "a" }));
  await chmod(path, 0o644);
  const auth = createAuth({ home, env: {} });
  expect(await auth.key("A_KEY")).toBe("a");
  if (process.platform !== "win32") expect(await modeOf(path)).toBe(0o600);
  await auth.saveKey("B_KEY", "b");
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual({
    tokens: { x: 1 },
    A_KEY: "a",
    B_KEY: "b",
    auth_mode: "apikey",
  });
});

test("logging out forgets memory and file, twice without harm", async () => {
  const auth = createAuth({ home, env: {} });
  await auth.saveKey(openaiKeyName, "sk-one");
  await auth.logout();
  await auth.logout();
  expect(await auth.key(openaiKeyName)).toBeNull();
  expect(await readdir(home)).toEqual([]);
});

test.each(["{ sk-secret", "[]", '"sk-secret"', " ".repeat(1024 * 1024 + 1)])(
  "a malformed file is named, not quoted, and a new key replaces it (%#)",
  async (content) => {
    const auth = createAuth({ home, env: {} });
    await auth.saveKey(openaiKeyName, "sk-old");
    await writeFile(path, content);
    const fresh = createAuth({ home, env: {} });
    const error: unknown = await fresh.key(openaiKeyName).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AuthFileError);
    expect(error).toMatchObject({
      reason: "malformed",
      message: `${path} is not a JSON object. Remove it and sign in again.`,
    });
    expect(error).not.toHaveProperty("cause");
    await fresh.saveKey(openaiKeyName, "sk-new");
    expect(await createAuth({ home, env: {} }).key(openaiKeyName)).toBe("sk-new");
  },
);

test("a file that cannot be read is an error of its own", async () => {
  const auth = createAuth({ home: "/dev/null", env: {} });
  await expect(auth.key(openaiKeyName)).rejects.toMatchObject({ reason: "unreadable" });
  await expect(createAuth({ home, env: { [openaiKeyName]: "" } }).key(openaiKeyName)).resolves.toBeNull();
});
