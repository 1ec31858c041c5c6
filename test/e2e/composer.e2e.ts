import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lastTurn, turnEnd } from "./harness/chat.ts";
import { photograph } from "./harness/screens.ts";
import { openEditor, type Editor } from "./harness/editor.ts";
import { startWorkbench, type Workbench } from "./harness/workbench.ts";

/** The sample workspace with a skill and a prompt of its own. */
async function workspaceWithWords(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "turnwright-words-"));
  await cp(path.resolve("media/sample-workspace"), folder, { recursive: true });
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  };
  await write(
    ".agents/skills/review/SKILL.md",
    "---\nname: review\ndescription: How changes are reviewed here, before they are proposed\n---\n\nRead them twice.\n",
  );
  await write(
    ".turnwright/prompts/explain.md",
    "---\ndescription: Explain a part of the project\nargument-hint: PART [FOR]\n---\n\nExplain $1 for $2.\n",
  );
  return folder;
}

let folder: string;
let workbench: Workbench;
let editor: Editor;
beforeAll(async () => {
  folder = await workspaceWithWords();
  workbench = await startWorkbench({ workspace: folder });
  const own = path.join(workbench.home, "prompts");
  await mkdir(own);
  await writeFile(path.join(own, "standup.md"), "What did I change since yesterday? $ARGUMENTS\n");
  editor = await openEditor(workbench);
});
afterAll(async () => {
  await editor[Symbol.asyncDispose]();
  await workbench[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Puts the caret at the end of the message, where the list opens again. */
const listOpens = (name: RegExp) => async (): Promise<void> => {
  const message = editor.chat.getByRole("textbox", { name: "Message" });
  await message.click();
  await message.press("End");
  await editor.chat.getByRole("option", { name }).first().waitFor();
};

test("a skill of the project is chosen by $ and goes along with the message", async () => {
  const chat = await editor.openChat();
  const message = chat.getByRole("textbox", { name: "Message" });
  await message.click();
  await editor.page.keyboard.type("Explain this project with $");
  await chat.getByRole("option", { name: /review/ }).waitFor();
  const look = listOpens(/review/);
  expect(await photograph(editor, "composer-skills", look)).toEqual([]);
  await look();
  await editor.page.keyboard.press("Enter");
  expect(await message.inputValue()).toBe("Explain this project with $review ");
  await editor.page.keyboard.press("Enter");
  expect(await turnEnd(editor)).toContain("Worked for");
  const attached = lastTurn(editor).getByRole("list", { name: "Attached" });
  expect(await attached.innerText()).toContain("review");
});

test("files are found by @ and stand in the message as code", async () => {
  const { chat } = editor;
  const message = chat.getByRole("textbox", { name: "Message" });
  await message.fill("");
  await message.click();
  await editor.page.keyboard.type("@durat");
  await chat
    .getByRole("option", { name: /duration\.ts/ })
    .first()
    .waitFor();
  expect(await photograph(editor, "composer-files", listOpens(/duration\.ts/))).toEqual([]);
  await message.fill("");
  await message.click();
  await editor.page.keyboard.type("@src/duration.ts");
  await chat
    .getByRole("option", { name: /duration\.ts/ })
    .first()
    .waitFor();
  await editor.page.keyboard.press("Tab");
  expect(await message.inputValue()).toBe("`src/duration.ts` ");
});

test("prompts of the user and of the trusted project are listed by / and filled in before they are sent", async () => {
  const { chat } = editor;
  const message = chat.getByRole("textbox", { name: "Message" });
  await message.fill("");
  await message.click();
  await editor.page.keyboard.type("/");
  await chat.getByRole("option", { name: /standup/ }).waitFor({ state: "attached" });
  await chat.getByRole("option", { name: /explain/ }).waitFor({ state: "attached" });
  expect(await photograph(editor, "composer-commands", listOpens(/new/))).toEqual([]);
  await message.fill("/expl");
  await chat.getByRole("option", { name: /explain/ }).waitFor();
  await message.press("Enter");
  expect(await message.inputValue()).toBe("/explain ");
  await editor.page.keyboard.type(`"this project" newcomers`);
  await chat.getByRole("button", { name: "Show the text" }).waitFor();
  expect(await photograph(editor, "composer-prompt")).toEqual([]);
  await message.press("Enter");
  await chat.getByText("Explain this project for newcomers.", { exact: true }).waitFor();
  expect(await turnEnd(editor)).toContain("Worked for");
});

test("a command of the composer is done at once", async () => {
  const { chat } = editor;
  const message = chat.getByRole("textbox", { name: "Message" });
  await message.fill("/plan");
  await message.press("Enter");
  await chat.getByRole("button", { name: "Mode: Plan" }).waitFor();
  expect(await message.inputValue()).toBe("");
  await message.fill("/help");
  await message.press("Enter");
  await chat.getByRole("region", { name: "What the composer understands" }).waitFor();
  expect(await photograph(editor, "composer-help")).toEqual([]);
});
