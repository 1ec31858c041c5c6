import { expect, test } from "vitest";
import { photograph } from "./harness/screens.ts";
import { useSession } from "./harness/session.ts";

const session = useSession();

test("the installed extension shows its empty state, which says what to do", async () => {
  const chat = await session.editor.openChat();
  await chat.getByRole("button", { name: "Explain this project" }).waitFor();
});

test("the empty state is whole and readable in every theme and width", async () => {
  await session.editor.openChat();
  expect(await photograph(session.editor, "empty")).toEqual([]);
});
