import { mkdir } from "node:fs/promises";
import * as vscode from "vscode";
import type { ModalQueue } from "./approvals/modal-queue.ts";
import type { ChatView } from "./chat-view.ts";
import type { Store, Workplace } from "./ports.ts";

/** A dialog must not open under the user's hands; typing and moving the cursor in an editor both count. */
export function watchTyping(modals: ModalQueue): vscode.Disposable[] {
  return [
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      // A clean document was read again from the disk: a log that grows all the time must not hold a dialog back for ever.
      const isTyped = contentChanges.length > 0 && document.isDirty;
      if (isTyped && document === vscode.window.activeTextEditor?.document) modals.typed();
    }),
    vscode.window.onDidChangeTextEditorSelection(({ kind }) => {
      if (kind === vscode.TextEditorSelectionChangeKind.Keyboard) modals.typed();
    }),
  ];
}

export function workplaceOf(context: vscode.ExtensionContext): Workplace {
  return {
    isTrusted: () => vscode.workspace.isTrusted,
    folders: () =>
      (vscode.workspace.workspaceFolders ?? [])
        .filter(({ uri }) => uri.scheme === "file")
        .map(({ uri, name }) => ({ path: uri.fsPath, name })),
    emptyFolder: async () => {
      const { fsPath } = vscode.Uri.joinPath(context.globalStorageUri, "no-folder");
      await mkdir(fsPath, { recursive: true, mode: 0o700 });
      return fsPath;
    },
  };
}

/** Writing is not waited for: what is stored is a convenience, and VS Code keeps the order. */
export const storeOf = (memento: vscode.Memento): Store => ({
  get: (key) => memento.get<unknown>(key),
  set: (key, value) => void memento.update(key, value),
});

/** The panel is out of sight, so the list of files is too. A toast takes no focus. */
export async function offerPanel(view: ChatView, files: number): Promise<void> {
  const open = "Open Turnwright";
  const what = files === 1 ? "A proposed change waits" : `Proposed changes in ${files} files wait`;
  if ((await vscode.window.showInformationMessage(`Turnwright: ${what} for your answer.`, open)) === open)
    await view.focus();
}

export async function offerRestart(message: string): Promise<void> {
  const restart = "Restart Server";
  const show = "Show Log";
  const choice = await vscode.window.showErrorMessage(`Turnwright: ${message}`, restart, show);
  if (choice === restart) await vscode.commands.executeCommand("turnwright.restartServer");
  if (choice === show) await vscode.commands.executeCommand("turnwright.showLog");
}

export const versionOf = ({ extension }: vscode.ExtensionContext): string => {
  const manifest: unknown = extension.packageJSON;
  const hasVersion = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return hasVersion && typeof manifest.version === "string" ? manifest.version : "0.0.0";
};
