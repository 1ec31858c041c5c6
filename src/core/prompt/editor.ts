import path from "node:path";
import type { EditorState } from "../../protocol/editor-state.ts";
import { liesIn } from "../patch/paths.ts";
import { escapeText } from "./escape.ts";

/** The lines about the editor in an `<environment_context>`, files named as the agent names them. Nothing is open: they say so. */
export function editorLines({ activePath, selection, openPaths }: EditorState, cwd: string): string[] {
  const nameOf = (file: string): string => escapeText(liesIn(cwd, file) ? path.relative(cwd, file) : file);
  const lines = selection === null ? "" : ` selected_lines="${selection.firstLine}-${selection.lastLine}"`;
  return [
    "  <editor>",
    ...(activePath === null ? [] : [`    <active_file${lines}>${nameOf(activePath)}</active_file>`]),
    ...openPaths.map((file) => `    <open_file>${nameOf(file)}</open_file>`),
    ...(activePath === null && openPaths.length === 0 ? ["    no file is open"] : []),
    "  </editor>",
  ];
}

/** What is said when nothing but the editor has changed. */
export const editorText = (editor: EditorState, cwd: string): string =>
  ["<environment_context>", ...editorLines(editor, cwd), "</environment_context>"].join("\n");
