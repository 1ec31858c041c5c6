import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { version } from "../../src/app-server/version.ts";
import { buildInto, runCli, startCliServer } from "../helpers/cli.ts";

// What a user gets from `npm install turnwright`: built, packed and installed into a folder that holds nothing else. Everything that the
// bundles find only because this checkout is around them fails here.
const root = path.resolve(import.meta.dirname, "../..");
const npm = async (cwd: string, ...args: string[]): Promise<string> => {
  const options = { cwd, shell: process.platform === "win32" };
  return (await promisify(execFile)("npm", [...args, "--ignore-scripts", "--no-audit", "--no-fund"], options)).stdout;
};

let folder = "";
let cli = "";
let cwd = "";

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "turnwright packed "));
  const stage = path.join(folder, "stage");
  for (const name of ["package.json", "README.md", "CHANGELOG.md", "LICENSE", "media"]) {
    await fs.cp(path.join(root, name), path.join(stage, name), { recursive: true });
  }
  await buildInto(path.join(stage, "dist"));
  await npm(stage, "pack", "--pack-destination", "..");
  const installed = path.join(folder, "installed");
  await fs.mkdir(installed);
  await fs.writeFile(path.join(installed, "package.json"), "{}");
  await npm(installed, "install", "--offline", path.join("..", `turnwright-${version}.tgz`));
  await fs.rm(stage, { recursive: true });
  cli = path.join(installed, "node_modules", "turnwright", "dist", "cli.js");
  cwd = path.join(folder, "empty");
  await fs.mkdir(cwd);
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

test("the package brings a command, its licences, and nothing for developers", async () => {
  const installed = path.resolve(cli, "../..");
  const files = await fs.readdir(installed, { recursive: true });
  expect(files).toEqual(expect.arrayContaining(["LICENSE", path.join("dist", "ThirdPartyNotices.txt")]));
  const ours = files.filter((file) => !file.startsWith(path.join("media", "sample-workspace")));
  expect(ours.filter((file) => /\.(?:map|ts|tsx)$|^(?:src|test)\b|node_modules/u.test(file))).toEqual([]);
  const commands = await fs.readdir(path.join(installed, "..", ".bin"));
  expect(commands).toContain("turnwright");
  if (process.platform !== "win32") expect((await fs.stat(cli)).mode & 0o111).toBe(0o111);
});

test("from an empty folder it says its version and applies a patch", async () => {
  expect(await runCli(["--version"], { cli, cwd })).toEqual({ code: 0, stdout: `turnwright ${version}\n`, stderr: "" });
  const input = "*** Begin Patch\n*** Add File: new.txt\n+hello\n*** End Patch\n";
  expect(await runCli(["apply-patch"], { cli, cwd, input })).toMatchObject({ code: 0, stderr: "" });
  expect(await fs.readFile(path.join(cwd, "new.txt"), "utf8")).toBe("hello\n");
  await fs.rm(path.join(cwd, "new.txt"));
});

test("from an empty folder it serves a whole turn, to the model and back", async () => {
  await using server = await startCliServer({ cli, cwd, args: ["-c", "model_provider=demo"] });
  await server.request("initialize", { clientInfo: { name: "probe", version: "1" } });
  const started = await server.request("thread/start", { cwd });
  const { thread } = started["result"] as { thread: { id: string } };
  await server.request("turn/start", { threadId: thread.id, input: [{ type: "text", text: "Who are you?" }] });
  expect(await server.until(({ method }) => method === "turn/completed")).toMatchObject({
    params: { turn: { status: "completed", items: [{ type: "agentMessage" }] } },
  });
  expect(server.strays).toEqual([]);
  expect(await fs.readdir(cwd)).toEqual([]);
});
