import { expect, test } from "vitest";
import { photograph } from "./harness/screens.ts";
import { useSession } from "./harness/session.ts";

const session = useSession({ isTrusted: false });

test("in Restricted Mode only Plan can be chosen, and the panel says why", async () => {
  const { editor } = session;
  const chat = await editor.openChat();
  await chat.getByText("only Plan is available").waitFor();
  await chat.getByRole("button", { name: /^Mode:/ }).click();
  expect(await chat.getByRole("menuitemradio").allInnerTexts()).toEqual([expect.stringContaining("Plan")]);
  await editor.page.keyboard.press("Escape");
  expect(await photograph(editor, "restricted")).toEqual([]);
  await chat.getByRole("button", { name: "Manage trust" }).click();
  await editor.page.locator(".workspace-trust-editor").waitFor();
});
