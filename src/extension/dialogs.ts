import { basename } from "node:path";
import * as vscode from "vscode";
import type { CommandDecision, DialogButton } from "./approvals/command-dialog.ts";

/** Every modal of the extension. The first button has the focus when it opens, so it is the harmless one. */
export async function showCommandDialog(
  text: { message: string; detail: string },
  buttons: readonly DialogButton[],
): Promise<CommandDecision | undefined> {
  const chosen = await vscode.window.showWarningMessage(text.message, { modal: true, detail: text.detail }, ...buttons);
  return chosen?.decision;
}

interface Choice<T> extends vscode.MessageItem {
  readonly value: T;
}
const choose = async <T>(message: string, detail: string, choices: readonly Choice<T>[]): Promise<T | undefined> =>
  (await vscode.window.showWarningMessage(message, { modal: true, detail }, ...choices))?.value;

export const confirmApplyAll = (count: number): Promise<"apply" | "review" | "back" | undefined> =>
  choose<"apply" | "review" | "back">(
    `Apply the changes in ${count} files?`,
    "Every file that still waits is written. You can look at all of them first.",
    [
      { title: "Show the changes", value: "review" },
      { title: `Apply ${count} files`, value: "apply" },
      { title: "Back", value: "back", isCloseAffordance: true },
    ],
  );

export const confirmFullAccess = (): Promise<"stay" | "allow" | undefined> =>
  choose<"stay" | "allow">(
    "Give the agent full access?",
    "Commands run outside the sandbox with your rights and without a question: they can change and delete any file of yours and use the network. This holds for this window until you choose another mode.",
    [
      { title: "Keep the current mode", value: "stay" },
      { title: "Give full access", value: "allow" },
      { title: "Cancel", value: "stay", isCloseAffordance: true },
    ],
  );

export const confirmOpenOutside = (path: string): Promise<"stay" | "open" | undefined> =>
  choose<"stay" | "open">(
    `Open ${basename(path)}?`,
    `${path}\n\nThis file lies outside the workspace. The link was written by the agent.`,
    [
      { title: "Do not open", value: "stay" },
      { title: "Open", value: "open" },
      { title: "Cancel", value: "stay", isCloseAffordance: true },
    ],
  );
