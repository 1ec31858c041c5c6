import { readFile, readdir } from "node:fs/promises";
import type { Locator } from "playwright-core";
import type { Editor } from "./editor.ts";
import type { Workbench } from "./workbench.ts";

/** Types a message in the panel and sends it. */
export async function send(editor: Editor, text: string): Promise<void> {
  const chat = await editor.openChat();
  await chat.getByRole("textbox", { name: "Message" }).fill(text);
  await chat.getByRole("button", { name: "Send", exact: true }).click();
}

/** The last turn of the thread that is shown. */
export const lastTurn = (editor: Editor): Locator => editor.chat.locator("section.turn").last();

/** Waits until the last turn has ended, and gives what it says in the end (what it took, "Stopped"). */
export async function turnEnd(editor: Editor): Promise<string> {
  const summary = lastTurn(editor).locator(".turn-summary");
  await summary.waitFor({ timeout: 90_000 });
  return summary.innerText();
}

/** The last answer of the agent, as text. */
export const lastAnswer = (editor: Editor): Locator => lastTurn(editor).locator(".agent-message").last();

/** Process ids of the app servers that run for this workbench (Linux: read from /proc). */
export async function serversOf(workbench: Workbench): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const [command, environment] = await Promise.all(
      ["cmdline", "environ"].map((file) => readFile(`/proc/${name}/${file}`, "utf8").catch(() => "")),
    );
    const isServer = command?.includes("cli.js\0app-server") ?? false;
    if (isServer && environment?.split("\0").includes(`TURNWRIGHT_HOME=${workbench.home}`)) found.push(Number(name));
  }
  return found;
}
