import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { createTempDirs, makeTempDir, removeAbandoned } from "../../../src/core/exec/temp-dirs.ts";
import { temporaryFolder } from "./harness.ts";

const module = pathToFileURL(path.resolve(import.meta.dirname, "../../../src/core/exec/temp-dirs.ts")).href;

/** Another process that has made a temp folder with something in it. */
async function otherProcess(parent: string) {
  const code = `import { createTempDirs } from ${JSON.stringify(module)};
    console.log(await createTempDirs(process.argv[1]).of("thread"));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code, parent], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  onTestFinished(() => void child.kill("SIGKILL"));
  const folder = await new Promise<string>((resolve) =>
    child.stdout.once("data", (chunk: Buffer) => resolve(String(chunk).trim())),
  );
  await fs.mkdir(path.join(folder, "deep"));
  await fs.writeFile(path.join(folder, "deep", "file"), "x");
  return {
    folder,
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

test("the folders of a killed process are removed by the next one; those of living ones and of others stay", async () => {
  const parent = temporaryFolder();
  const outside = temporaryFolder();
  await fs.writeFile(path.join(outside, "precious"), "x");
  const [dead, alive] = [await otherProcess(parent), await otherProcess(parent)];
  const own = await makeTempDir(parent);
  await dead.kill();
  const [prefix, pid, start, world] = path.basename(dead.folder).split("-");
  const link = [prefix, pid, start, world, "symlnk"].join("-");
  await fs.symlink(outside, path.join(parent, link));
  const elsewhere = [prefix, pid, start, "other", "XXXXXX"].join("-");
  const foreign = ["turnwright-XXXXXX", "turnwright-test-a-b-c", elsewhere];
  for (const name of foreign) await fs.mkdir(path.join(parent, name));
  await fs.writeFile(path.join(parent, [prefix, pid, start, world, "a_file"].join("-")), "x");

  const temps = createTempDirs(parent);
  const mine = await temps.of("thread");
  await expect
    .poll(async () =>
      fs.access(dead.folder).then(
        () => true,
        () => false,
      ),
    )
    .toBe(false);
  await fs.access(path.join(alive.folder, "deep", "file"));
  expect(await fs.readdir(outside)).toEqual(["precious"]);
  const left = await fs.readdir(parent);
  for (const name of [link, ...foreign, path.basename(own), path.basename(mine), path.basename(alive.folder)]) {
    expect(left).toContain(name);
  }
  expect(left.filter((name) => name.endsWith("a_file"))).toHaveLength(1);
  expect((await fs.stat(mine)).mode & 0o777).toBe(0o700);
  expect(await temps.of("thread")).toBe(mine);
  await temps.removeAll();
  await expect(fs.access(mine)).rejects.toThrow();
});

test("a parent that cannot be read is no reason to fail", async () => {
  const parent = temporaryFolder();
  await removeAbandoned(path.join(parent, "none"));
  await createTempDirs(path.join(parent, "none")).removeAll();
  await expect(createTempDirs(path.join(parent, "none")).of("a")).rejects.toThrow();
});
