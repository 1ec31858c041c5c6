import * as vscode from "vscode";
import type { LocalModelServer } from "../protocol/local-models.ts";
import type { LocalChoice } from "./local-models.ts";
import { nameOf } from "./links.ts";

/** Files that are offered beyond the open ones; who looks for another one names it in the message. */
const mostFiles = 5_000;

interface FileItem extends vscode.QuickPickItem {
  readonly name?: string;
}

/** Lets the user pick files of the workspace, the open ones first. Gives their names as the agent knows them; empty: none was picked. */
export async function pickFiles(folders: readonly string[]): Promise<readonly string[]> {
  const open = vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .flatMap(({ input }) => (input instanceof vscode.TabInputText && input.uri.scheme === "file" ? [input.uri] : []));
  const all = await vscode.workspace.findFiles("**/*", undefined, mostFiles);
  const itemsOf = (uris: readonly vscode.Uri[]): FileItem[] =>
    [...new Set(uris.map(({ fsPath }) => nameOf(fsPath, folders)))].map((name) => ({ label: name, name }));
  const openItems = itemsOf(open);
  const isOpen = new Set(openItems.map(({ name }) => name));
  const others = itemsOf(all).filter(({ name }) => !isOpen.has(name));
  others.sort((a, b) => a.label.localeCompare(b.label));
  const heading = (label: string): FileItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const picked = await vscode.window.showQuickPick<FileItem>(
    [heading("Open files"), ...openItems, heading("Files of the workspace"), ...others],
    {
      canPickMany: true,
      title: "Turnwright: Add Files to the Message",
      placeHolder: "Files that the agent should look at",
    },
  );
  return (picked ?? []).flatMap(({ name }) => name ?? []);
}

interface ModelItem extends vscode.QuickPickItem {
  readonly choice?: LocalChoice;
}

/** Lets the user pick a model that runs on this machine; null: none, and the user knows why. */
export async function pickLocalModel(servers: readonly LocalModelServer[]): Promise<LocalChoice | null> {
  const items = servers
    .filter(({ access }) => access === "usable")
    .flatMap(({ provider, name, baseUrl, models }): ModelItem[] => [
      { label: `${name}, ${new URL(baseUrl).host}`, kind: vscode.QuickPickItemKind.Separator },
      ...models.map((model) => ({ label: model, choice: { provider, model } })),
    ]);
  if (items.length === 0) {
    const unusable = servers.map(({ name }) => name).join(", ");
    void vscode.window.showInformationMessage(
      unusable === ""
        ? "No model server answers on this machine. Start Ollama, LM Studio, llama.cpp or vLLM with a model, and look again."
        : `Found, but not usable: ${unusable}. A server needs a Responses API (or wire_api = "chat" in config.toml) and must not ask for a key.`,
    );
    return null;
  }
  const picked = await vscode.window.showQuickPick(items, {
    title: "Turnwright: Use a Local Model",
    placeHolder: "New threads use this model",
  });
  return picked?.choice ?? null;
}

/** Asks what the summary of a conversation should keep; empty: the user leaves that to the model, null: they changed their mind. */
export async function askSummaryWishes(): Promise<string | null> {
  const wishes = await vscode.window.showInputBox({
    title: "Turnwright: Compact Conversation",
    prompt:
      "For the model, the conversation is replaced by a summary; you still see all of it. What must the summary keep?",
    placeHolder: "Leave empty for what the model finds important",
  });
  return wishes?.trim() ?? null;
}
