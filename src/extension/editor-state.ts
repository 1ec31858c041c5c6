import * as vscode from "vscode";
import type { EditorState } from "../protocol/editor-state.ts";

/** Open files that are told beside the active one. */
const mostOpen = 20;

/** What the user has before them: files of the workspace only, since others are none of the agent's business until the user names them. */
export function editorState(): EditorState {
  const editor = vscode.window.activeTextEditor;
  const active = editor !== undefined && isOfWorkspace(editor.document.uri) ? editor : null;
  const activePath = active?.document.uri.fsPath ?? null;
  const open = vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .flatMap(({ input }) =>
      input instanceof vscode.TabInputText && isOfWorkspace(input.uri) ? [input.uri.fsPath] : [],
    );
  return {
    activePath,
    selection: active === null || active.selection.isEmpty ? null : linesOf(active.selection),
    openPaths: [...new Set(open)].filter((path) => path !== activePath).slice(0, mostOpen),
  };
}

/** What the server takes. */
const longestPath = 4096;

const isOfWorkspace = (uri: vscode.Uri): boolean =>
  uri.scheme === "file" && uri.fsPath.length <= longestPath && vscode.workspace.getWorkspaceFolder(uri) !== undefined;

/** A selection that ends before the first character of a line does not include that line. */
function linesOf({ start, end }: vscode.Selection): NonNullable<EditorState["selection"]> {
  const last = end.character === 0 && end.line > start.line ? end.line - 1 : end.line;
  return { firstLine: start.line + 1, lastLine: last + 1 };
}
