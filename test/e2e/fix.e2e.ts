import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { lastAnswer, lastTurn, send, turnEnd } from "./harness/chat.ts";
import { photograph } from "./harness/screens.ts";
import { useSession } from "./harness/session.ts";

const session = useSession();
const brokenFile = "src/duration.ts";

const source = (): Promise<string> => readFile(path.join(session.workbench.workspace, brokenFile), "utf8");

/** Exit status of the sample project's own tests. */
const sampleTests = (): Promise<number> =>
  new Promise((resolve) => {
    const tests = execFile(process.execPath, ["--test"], { cwd: session.workbench.workspace });
    tests.once("close", (code) => resolve(code ?? 1));
  });

test("a rejected diff leaves the file as it was", async () => {
  const { editor } = session;
  const before = await source();
  await send(editor, "Fix the failing test");
  await (await editor.modal()).answer("Decline");
  await editor.page.locator(".tab", { hasText: path.basename(brokenFile) }).waitFor();
  expect(await photograph(editor, "reviewing")).toEqual([]);
  await editor.clickTitleAction("Reject Proposed Change");
  expect(await turnEnd(editor)).toContain("Worked for");
  expect(await lastAnswer(editor).innerText()).toContain("stays as it is");
  expect(await source()).toBe(before);
  expect(await sampleTests()).toBe(1);
});

test("a declined command is not run, an accepted diff is on disk, an accepted command runs, and the tests pass", async () => {
  const { editor } = session;
  await editor.runCommand("Turnwright: New Thread");
  await send(editor, "Fix the failing test");
  const first = await editor.modal();
  expect(first.text).toContain("git init");
  expect(first.text).toContain(session.workbench.workspace);
  await editor.page.screenshot({ path: editor.picture("dialog") });
  await first.answer("Decline");
  await editor.page.locator(".monaco-diff-editor").waitFor();
  const accept = editor.chat.getByRole("button", { name: "Accept", exact: true });
  await expect.poll(() => accept.isEnabled()).toBe(true); // half a second after it appeared
  await editor.page.screenshot({ path: editor.picture("diff") });
  const before = await source();
  await editor.clickTitleAction("Accept Proposed Change");
  await (await editor.modal()).answer("Run");
  expect(await turnEnd(editor)).toContain("1 file changed");
  expect(await source()).not.toBe(before);
  expect(await sampleTests()).toBe(0);
  expect(await lastTurn(editor).locator('.command[data-state="declined"]').count()).toBe(1);
  await readFile(path.join(session.workbench.workspace, ".git", "HEAD"));
  expect(await photograph(editor, "fixed")).toEqual([]);
});
