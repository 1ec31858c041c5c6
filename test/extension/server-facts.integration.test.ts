import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { machineFacts } from "../../src/extension/server-facts.ts";

test("the machine's configuration is read before the user's, and neither has to be there", async () => {
  const folder = await mkdtemp(join(tmpdir(), "turnwright-facts-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const home = join(folder, "home");
  const system = join(folder, "system.toml");
  const env = { TURNWRIGHT_HOME: home };
  expect(await machineFacts(env, system)).toEqual({ configTexts: [], hasKey: false });
  await writeFile(system, "# machine");
  expect(await machineFacts(env, system)).toEqual({ configTexts: ["# machine"], hasKey: false });
  await mkdir(home);
  await writeFile(join(home, "config.toml"), "# user");
  await writeFile(join(home, "auth.json"), "{}");
  expect(await machineFacts(env, system)).toEqual({ configTexts: ["# machine", "# user"], hasKey: true });
  expect(await machineFacts(env, null)).toEqual({ configTexts: ["# user"], hasKey: true });
});
