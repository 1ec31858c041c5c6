import { expect, test } from "vitest";
import { lastAnswer, lastTurn, send, serversOf, turnEnd } from "./harness/chat.ts";
import { photograph } from "./harness/screens.ts";
import { useSession } from "./harness/session.ts";

const session = useSession();

test("an explanation streams in and ends with what it took", async () => {
  const { editor } = session;
  await send(editor, "Explain this project");
  const answer = lastTurn(editor).locator(".agent-message :is(h2, h3, h4)").first();
  await answer.waitFor();
  const early = (await lastAnswer(editor).innerText()).length;
  expect(await editor.chat.getByRole("button", { name: "Stop" }).isVisible()).toBe(true);
  expect(await turnEnd(editor)).toContain("Worked for");
  expect((await lastAnswer(editor).innerText()).length).toBeGreaterThan(early);
});

test("the explanation is whole and readable in every theme and width", async () => {
  expect(await photograph(session.editor, "explained")).toEqual([]);
});

test("Stop ends a turn in mid-stream and keeps what was said", async () => {
  const { editor } = session;
  await editor.runCommand("Turnwright: New Thread");
  await send(editor, "Explain this project");
  await lastTurn(editor).locator(".agent-message :is(h2, h3, h4)").first().waitFor();
  await editor.chat.getByRole("button", { name: "Stop" }).click();
  expect(await turnEnd(editor)).toContain("Stopped");
  const said = await lastAnswer(editor).innerText();
  expect(said.length).toBeGreaterThan(0);
  expect(await photograph(editor, "stopped")).toEqual([]);
});

test("a server that is killed in mid-turn comes back with the thread", async () => {
  const { editor, workbench } = session;
  await editor.runCommand("Turnwright: New Thread");
  await send(editor, "Explain this project");
  await lastTurn(editor).locator(".agent-message :is(h2, h3, h4)").first().waitFor();
  const [server, ...others] = await serversOf(workbench);
  expect(others).toEqual([]);
  process.kill(server ?? Number.NaN, "SIGKILL");
  expect(await turnEnd(editor)).toContain("Stopped");
  expect(await lastAnswer(editor).innerText()).not.toBe("");
  expect(await photograph(editor, "recovered")).toEqual([]);
  await send(editor, "Explain this project");
  await editor.chat.locator("section.turn").nth(1).waitFor();
  expect(await turnEnd(editor)).toContain("Worked for");
});
