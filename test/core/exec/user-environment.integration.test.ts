import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createUserEnvironment } from "../../../src/core/exec/user-environment.ts";
import { temporaryFolder } from "./harness.ts";

function homeWith(profile: string) {
  const home = temporaryFolder();
  writeFileSync(join(home, ".profile"), profile.replaceAll("HOME_DIR", home));
  return { HOME: home, SHELL: "/bin/sh", PATH: "/usr/bin:/bin", MINE: "kept" };
}

test("a login shell is asked once, and its PATH follows the server's own", async () => {
  const env = homeWith(
    'echo noise; echo x >> HOME_DIR/asked; export PATH="/opt/tool/bin:/usr/bin" JAVA_HOME=/opt/java',
  );
  const user = createUserEnvironment({ env, platform: process.platform });
  const [first, second] = await Promise.all([user.read(), user.read()]);
  expect(second).toBe(first);
  expect(first).toMatchObject({ MINE: "kept", JAVA_HOME: "/opt/java", PATH: "/usr/bin:/bin:/opt/tool/bin" });
  expect(first).not.toHaveProperty("ELECTRON_RUN_AS_NODE");
  expect(first).not.toHaveProperty("NODE_OPTIONS");
  expect(readFileSync(join(env.HOME, "asked"), "utf8")).toBe("x\n");
});

test("a profile that hangs costs its time limit, and the server's own environment is the answer", async () => {
  const env = homeWith("sleep 1000");
  await expect(createUserEnvironment({ env, platform: process.platform, timeoutMs: 200 }).read()).resolves.toEqual(env);
});

test("a profile that takes too long can tidy up after itself", async () => {
  const env = homeWith("trap 'rm HOME_DIR/lock; exit' TERM; echo x > HOME_DIR/lock; sleep 1000 & wait");
  await createUserEnvironment({ env, platform: process.platform, timeoutMs: 500 }).read();
  await expect.poll(() => existsSync(join(env.HOME, "lock"))).toBe(false);
});

test("a profile that ends the shell changes nothing", async () => {
  const env = homeWith("exit 1");
  await expect(createUserEnvironment({ env, platform: process.platform }).read()).resolves.toEqual(env);
});

test("nothing is started before the first question", () => {
  const env = homeWith("echo x > HOME_DIR/asked");
  createUserEnvironment({ env, platform: process.platform });
  expect(() => readFileSync(join(env.HOME, "asked"))).toThrow("ENOENT");
});
