import * as vscode from "vscode";
import type { EditorApplyEditParams, EditorApplyEditResponse } from "../protocol/approvals.ts";
import { planEdit } from "./edit-plan.ts";
import type { OpenDocument } from "./edit-plan.ts";
import type { TextReplacement } from "./text-edits.ts";

/**
 * Answers `editor/applyEdit`: writes into an open document, so that undo, cursors and folds stay, and never over what the user
 * typed. Files that are not open are left to the server.
 */
export async function applyEdit(params: EditorApplyEditParams): Promise<EditorApplyEditResponse> {
  const target = vscode.Uri.file(params.path);
  const isTarget = ({ scheme, fsPath }: vscode.Uri): boolean => scheme === "file" && fsPath === target.fsPath;
  const notebook = vscode.workspace.notebookDocuments.find(({ uri }) => isTarget(uri));
  if (notebook?.isDirty === true) {
    return {
      status: "conflict",
      message: "the notebook has unsaved changes in the editor; the user has to save or discard them first",
    };
  }
  if (notebook !== undefined) return { status: "refused", message: "the editor does not write notebooks as text" };
  const document = vscode.workspace.textDocuments.find(({ uri, isClosed }) => !isClosed && isTarget(uri));
  const bytes = document === undefined ? null : await read(target);
  const plan = planEdit(params, document === undefined ? null : stateOf(document), bytes);
  if (plan.kind === "answer" || document === undefined) return plan.kind === "answer" ? plan.answer : notOpen;
  return write(document, plan.replacements);
}

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
  if (!document.isDirty || (await document.save())) return { status: "applied", text: await fileText(document) };
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

const read = (uri: vscode.Uri): Promise<Uint8Array | null> =>
  Promise.resolve(vscode.workspace.fs.readFile(uri)).catch(() => null);
