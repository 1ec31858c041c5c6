import { expect, test } from "vitest";
import { useSession } from "./harness/session.ts";

const session = useSession();

test("files are picked from the workspace and named in the message, where the user goes on writing", async () => {
  const { editor } = session;
  const chat = await editor.openChat();
  const message = chat.getByRole("textbox", { name: "Message" });
  await message.fill("Compare");
  await chat.getByRole("button", { name: "Add context" }).click();
  await chat.getByRole("menuitem", { name: /^Files/ }).click();
  const picker = editor.page.locator(".quick-input-widget:visible");
  await picker.locator('.monaco-list-row[aria-label*="src/duration.ts"]').click();
  await picker.locator('.monaco-list-row[aria-label*="src/runs.ts"]').click();
  await picker.getByRole("button", { name: "OK" }).click();
  await expect.poll(() => message.inputValue()).toBe("Compare\n\n`src/duration.ts` `src/runs.ts` ");
  await expect.poll(() => message.evaluate((field) => field === document.activeElement)).toBe(true);
});
