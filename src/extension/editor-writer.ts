import { stat } from "node:fs/promises";
import * as vscode from "vscode";
import type { EditorApplyEditParams, EditorApplyEditResponse } from "../protocol/approvals.ts";
import { planEdit } from "./edit-plan.ts";
import type { DiskFile, OpenDocument } from "./edit-plan.ts";
import type { TextReplacement } from "./text-edits.ts";

/**
 * Answers `editor/applyEdit`: writes into an open document, so that undo, cursors and folds stay, and never over what the user
 * typed. Files that are not open are left to the server.
 */
export async function applyEdit(params: EditorApplyEditParams): Promise<EditorApplyEditResponse> {
  const target = vscode.Uri.file(params.path);
  const isTarget = ({ scheme, fsPath }: vscode.Uri): boolean => scheme === "file" && fsPath === target.fsPath;
  if (hasUnsavedTab(isTarget)) {
    return {
      status: "conflict",
      message: "it has unsaved changes in the editor; the user has to save or discard them first",
    };
  }
  if (vscode.workspace.notebookDocuments.some(({ uri }) => isTarget(uri))) {
    return { status: "refused", message: "the editor does not write notebooks as text" };
  }
  const document = vscode.workspace.textDocuments.find(({ uri, isClosed }) => !isClosed && isTarget(uri));
  const disk = document === undefined ? null : await onDisk(target);
  const plan = planEdit(params, document === undefined ? null : stateOf(document), disk);
  if (plan.kind === "answer" || document === undefined) return plan.kind === "answer" ? plan.answer : notOpen;
  return write(document, plan.replacements);
}

/** Notebooks, custom editors and very large files have no text document here, but their tabs say that they are not saved. */
const hasUnsavedTab = (isTarget: (uri: vscode.Uri) => boolean): boolean =>
  vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .some(
      ({ isDirty, input }) =>
        isDirty &&
        (input instanceof vscode.TabInputText ||
          input instanceof vscode.TabInputNotebook ||
          input instanceof vscode.TabInputCustom) &&
        isTarget(input.uri),
    );

const notOpen: EditorApplyEditResponse = { status: "refused", message: "it is not open in the editor" };

/** Nothing is awaited between the plan and `applyEdit`, and VS Code refuses an edit to a document that has changed by then. */
async function write(
  document: vscode.TextDocument,
  replacements: readonly TextReplacement[],
): Promise<EditorApplyEditResponse> {
  const before = document.getText();
  const edit = new vscode.WorkspaceEdit();
  for (const { start, end, text } of replacements) edit.replace(document.uri, rangeOf(document, start, end), text);
  const isApplied = replacements.length === 0 || (await vscode.workspace.applyEdit(edit));
  if (!isApplied) {
    return {
      status: "conflict",
      message: "the editor did not take the change, because the text changed meanwhile",
    };
  }
  const { version } = document;
  if (!document.isDirty || (await document.save())) return { status: "applied", text: await fileText(document) };
  if (document.version !== version) {
    return {
      status: "conflict",
      message: "the editor could not save it; the change stands there unsaved, because the text was changed meanwhile",
    };
  }
  const undo = new vscode.WorkspaceEdit();
  undo.replace(document.uri, rangeOf(document, 0, document.getText().length), before);
  await vscode.workspace.applyEdit(undo);
  return {
    status: "conflict",
    message: "the editor could not save it; it may be read-only",
  };
}

/** What the file holds now; a formatter may have changed it while it was saved. */
async function fileText(document: vscode.TextDocument): Promise<string> {
  const bytes = await read(document.uri);
  return bytes === null ? document.getText() : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

const stateOf = (document: vscode.TextDocument): OpenDocument => ({
  isDirty: document.isDirty,
  encoding: document.encoding,
  eol: document.eol === vscode.EndOfLine.CRLF ? "\r\n" : "\n",
  text: document.getText(),
});

const rangeOf = (document: vscode.TextDocument, start: number, end: number): vscode.Range =>
  new vscode.Range(document.positionAt(start), document.positionAt(end));

async function onDisk(target: vscode.Uri): Promise<DiskFile | null> {
  const [bytes, links] = await Promise.all([
    read(target),
    stat(target.fsPath).then(
      ({ nlink }) => nlink,
      () => 1,
    ),
  ]);
  return bytes === null ? null : { bytes, links };
}

const read = (uri: vscode.Uri): Promise<Uint8Array | null> =>
  Promise.resolve(vscode.workspace.fs.readFile(uri)).catch(() => null);
