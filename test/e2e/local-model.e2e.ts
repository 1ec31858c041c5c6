import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { demoResponse } from "../../src/demo/demo-script.ts";
import { startResponsesServer, type RecordedRequest } from "../../src/demo/server.ts";
import { lastAnswer, send, turnEnd } from "./harness/chat.ts";
import { photograph } from "./harness/screens.ts";
import { useSession } from "./harness/session.ts";

const requests: RecordedRequest[] = [];
const model = await startResponsesServer({
  models: ["llama3:8b", "qwen3-coder"],
  respond: (request) => ({ kind: "stream", items: demoResponse(request) }),
  onRequest: (request) => requests.push(request),
});
afterAll(() => model.close());
const session = useSession({ modelServers: { ollama: model.url } });

test("without a key, a model on this machine is offered before the demo", async () => {
  const chat = await session.editor.openChat();
  await chat.getByRole("region", { name: "Models on this machine" }).getByRole("button").waitFor();
  expect(await chat.locator(".suggestion-title").allInnerTexts()).toEqual([
    "Use llama3:8b on Ollama",
    "Explain this project",
    "Fix the failing test",
    "Add a feature",
    "Run a command that needs approval",
  ]);
  expect(await photograph(session.editor, "local-model-offered")).toEqual([]);
  expect(requests).toEqual([]); // nothing was asked of the model
});

test("one click chooses it: it answers, can be told from its siblings in the picker, and is remembered in the settings", async () => {
  const { editor, workbench } = session;
  const chat = editor.chat;
  await chat
    .getByRole("region", { name: "Models on this machine" })
    .getByRole("button", { name: /^Use llama3:8b/ })
    .click();
  await chat.getByText("Scripted demo model").waitFor({ state: "detached" });
  await send(editor, "Hello");
  expect(await turnEnd(editor)).toContain("Worked for");
  expect(await lastAnswer(editor).innerText()).not.toBe("");
  expect(requests.map(({ body }) => body["model"])).toEqual(["llama3:8b"]);
  expect(await photograph(editor, "local-model-answered")).toEqual([]);

  await chat.getByRole("button", { name: "Model: llama3:8b" }).click();
  await chat.getByRole("menuitemradio", { name: "qwen3-coder" }).click();
  await chat.getByRole("button", { name: "Model: qwen3-coder" }).waitFor();
  await send(editor, "Hello again");
  await expect.poll(() => requests.map(({ body }) => body["model"])).toEqual(["llama3:8b", "qwen3-coder"]);

  const settings = async (of: "User" | "Machine"): Promise<unknown> =>
    JSON.parse(await readFile(path.join(workbench.data, of, "settings.json"), "utf8"));
  // Where the model runs is a matter of the machine, and never of a workspace.
  expect(await settings("Machine")).toMatchObject({ "turnwright.modelProvider": "ollama" });
  expect(await settings("User")).toMatchObject({ "turnwright.model": "llama3:8b" });
});

test("the next window starts with it", async () => {
  const { editor } = session;
  await editor.reload();
  const chat = await editor.openChat();
  await chat.getByRole("button", { name: /^Model: / }).waitFor();
  await editor.runCommand("Turnwright: New Thread");
  await chat.getByText("What shall we do").waitFor();
  expect(await chat.getByText("Scripted demo model").count()).toBe(0);
});

test("the palette offers every model, whatever is set up", async () => {
  const { editor } = session;
  await editor.runCommand("Turnwright: Use a Local Model");
  const rows = editor.page.locator(".quick-input-widget:visible .monaco-list-row");
  await rows.filter({ hasText: "llama3:8b" }).waitFor();
  expect((await rows.allInnerTexts()).join(" ")).toContain("qwen3-coder");
  await editor.page.keyboard.press("Escape");
});
