import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { builtCli, temporaryHome } from "../helpers/cli.ts";

const example = path.resolve(import.meta.dirname, "../../docs/examples/client.mjs");

/** Runs the example with `turnwright` on the PATH, as its page says; the user answers questions with `answer`. */
async function runExample(words: string, answer: string | null) {
  const folder = await temporaryHome();
  const [bin, cwd] = [path.join(folder, "bin"), path.join(folder, "project")];
  await fs.mkdir(bin);
  await fs.mkdir(cwd);
  await fs.symlink(await builtCli(), path.join(bin, "turnwright"));
  const child = spawn(process.execPath, [example, words, "-c", "model_provider=demo"], {
    cwd,
    env: {
      ...process.env,
      HOME: folder,
      TURNWRIGHT_HOME: path.join(folder, "state"),
      PATH: [bin, path.dirname(process.execPath), process.env["PATH"]].join(path.delimiter),
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  if (answer === null) child.stdin.end();
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    const wasAsked = stderr.includes("[y/N]");
    stderr += chunk;
    if (!wasAsked && stderr.includes("[y/N]") && answer !== null) child.stdin.write(`${answer}\n`);
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  await fs.rm(folder, { recursive: true });
  return { code, stdout, stderr };
}

test("it has at most 50 lines and needs no package", async () => {
  const text = await fs.readFile(example, "utf8");
  expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(50);
  const imports = [...text.matchAll(/ from "([^"]+)"/gu)].map(([, name]) => name);
  expect(imports.filter((name) => name?.startsWith("node:") !== true)).toEqual([]);
});

test("it prints what the agent says and ends with the turn", async () => {
  const { code, stdout, stderr } = await runExample("Who are you?", null);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/scripted|demo/iu);
});

test.each([
  ["y", "The command ran outside the sandbox"],
  ["n", "You declined"],
])("it asks the user before a command leaves the sandbox, and passes %j on", async (answer, outcome) => {
  const { code, stdout, stderr } = await runExample("Show me an approval.", answer);
  expect(code).toBe(0);
  expect(stderr).toMatch(/Run .*touch.*\? May I write .* \[y\/N\]/u);
  expect(stdout).toContain(outcome);
});

test("with nobody to ask it declines", async () => {
  expect(await runExample("Show me an approval.", null)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("You declined") as string,
  });
});
