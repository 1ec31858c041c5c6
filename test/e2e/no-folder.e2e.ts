import { expect, test } from "vitest";
import { lastAnswer, send, turnEnd } from "./harness/chat.ts";
import { photograph } from "./harness/screens.ts";
import { useSession } from "./harness/session.ts";

const session = useSession({ workspace: null });

test("without a folder the panel says so, and still answers", async () => {
  const { editor } = session;
  const chat = await editor.openChat();
  await chat.getByText("No folder is open").waitFor();
  expect(await photograph(editor, "no-folder")).toEqual([]);
  await chat.getByRole("button", { name: "Open folder" }).click();
  await editor.page.locator(".quick-input-widget:visible").getByText("Open Folder").first().waitFor();
  await editor.page.keyboard.press("Escape");
  await editor.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  await send(editor, "Hello");
  expect(await turnEnd(editor)).toContain("Worked for");
  expect(await lastAnswer(editor).innerText()).toContain("demo");
});
