import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { runCli, temporaryHome } from "../helpers/cli.ts";
import { writeThread } from "../helpers/rollouts.ts";

const start = Date.UTC(2026, 2, 1, 12);

async function homeOfThree() {
  const home = await temporaryHome();
  const old = await writeThread(home, {
    createdMs: start,
    name: "Named \u001b[2Jone",
    turns: [{ user: "find the needle", answer: "Here.", command: { line: "ls", output: "a\nb\n" } }],
  });
  const other = await writeThread(home, {
    createdMs: start + 60_000,
    cwd: "/elsewhere",
    turns: [{ user: "other\nwords" }],
  });
  const archived = await writeThread(home, {
    createdMs: start + 120_000,
    archived: true,
    turns: [{ user: "put away" }],
  });
  const run = (...args: string[]) => runCli(["thread", ...args], { env: { TURNWRIGHT_HOME: home, TZ: "UTC" } });
  return { home, old, other, archived, run };
}

test("thread list names the threads, last changed first, and takes filters", async () => {
  const { old, other, archived, run } = await homeOfThree();
  expect(await run("list")).toEqual({
    code: 0,
    stdout: `2026-03-01 12:01  ${other.id}  other words\n2026-03-01 12:00  ${old.id}  Named one\n`,
    stderr: "",
  });
  expect((await run("list", "--archived")).stdout).toBe(`2026-03-01 12:02  ${archived.id}  put away\n`);
  expect((await run("list", "--cwd", "/elsewhere")).stdout).toContain(other.id);
  expect((await run("list", "--limit", "1")).stdout.trim().split("\n")).toHaveLength(1);
  const found = await run("list", "--search", "NEEDLE");
  expect(found.stdout).toBe(`2026-03-01 12:00  ${old.id}  Named one\n                  find the needle\n`);
  const json = (await run("list", "--json")).stdout.trim().split("\n");
  expect(json.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ id: other.id }, { id: old.id, turns: [] }]);
  expect(await run("list", "--cwd", "/nowhere")).toEqual({ code: 0, stdout: "", stderr: "There is no such thread.\n" });
});

test("thread export writes a thread out, open elsewhere or archived, and leaves it as it was", async () => {
  const { home, old, archived, run } = await homeOfThree();
  const lock = `${old.file}.lock`;
  await fs.writeFile(lock, JSON.stringify({ pid: process.ppid, startTicks: null, bootId: null, token: "theirs" }));
  const before = await fs.readFile(old.file, "utf8");
  const markdown = await run("export", old.id);
  expect(markdown).toMatchObject({ code: 0, stderr: "" });
  expect(markdown.stdout).toMatch(
    /^# Named one\n[^]*> find the needle\n[^]*\n```console\n\$ ls\na\nb\n```\n[^]*Here\.\n$/,
  );
  expect(await fs.readFile(old.file, "utf8")).toBe(before);
  expect(await fs.readFile(lock, "utf8")).toContain("theirs");

  const file = path.join(home, "out.json");
  expect(await run("export", archived.id, "--format", "json", "-o", file)).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(JSON.parse(await fs.readFile(file, "utf8"))).toMatchObject({
    id: archived.id,
    turns: [{ items: [{ type: "userMessage", content: [{ text: "put away" }] }] }],
  });
});

test.each([
  [["list", "--limit", "0"], 2, "--limit takes a number from 1"],
  [["list", "--bogus"], 2, "--bogus"],
  [["export"], 2, "export takes the id of one thread"],
  [["export", "x", "--format", "pdf"], 2, "--format takes markdown or json, not pdf"],
  [["bogus"], 2, 'there is no command "bogus"'],
  [[], 2, "which command?"],
  [["export", "01a1f7ca-0000-7000-8000-000000000000"], 1, "there is no thread 01a1f7ca"],
  [["list", "--search", " "], 1, "requires a non-empty searchTerm"],
])("what cannot be done is said: thread %j", async (args, status, reason) => {
  const home = await temporaryHome();
  const { code, stdout, stderr } = await runCli(["thread", ...args], { env: { TURNWRIGHT_HOME: home } });
  expect({ code, stdout }).toEqual({ code: status, stdout: "" });
  expect(stderr).toContain(reason);
});
