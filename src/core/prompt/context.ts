import type { MessageItem, ContentPart } from "../model/types.ts";
import { editorText } from "./editor.ts";
import { environmentText, type EnvironmentFacts } from "./environment.ts";
import { permissionsText, type Permissions } from "./permissions.ts";

/** What stands before the first words of the user. */
export interface PromptContext {
  readonly permissions: Permissions;
  readonly developerInstructions: string | null;
  /** AGENTS.md and its kin. */
  readonly userInstructions: string | null;
  readonly environment: EnvironmentFacts;
}

/** Messages of a new thread, in their order: permissions, developer instructions, user instructions, environment. */
export const contextMessages = (context: PromptContext): MessageItem[] => [
  message("developer", permissionsText(context.permissions)),
  ...(context.developerInstructions === null ? [] : [message("developer", context.developerInstructions)]),
  ...(context.userInstructions === null ? [] : [message("user", context.userInstructions)]),
  message("user", environmentText(context.environment)),
];

/**
 * What is appended when settings changed between two turns; nothing that was sent is edited. Compares texts, so that a change which the
 * model would not see appends nothing.
 */
export function changeMessages(before: PromptContext, after: PromptContext): MessageItem[] {
  const permissions = permissionsText(after.permissions);
  const hasMoved = before.environment.cwd !== after.environment.cwd;
  return [
    ...(permissions === permissionsText(before.permissions) ? [] : [message("developer", permissions)]),
    ...(after.developerInstructions === null || after.developerInstructions === before.developerInstructions
      ? []
      : [message("developer", after.developerInstructions)]),
    ...(after.userInstructions === null || after.userInstructions === before.userInstructions
      ? []
      : [message("user", after.userInstructions)]),
    ...(hasMoved ? [message("user", environmentText(after.environment))] : editorMessages(before, after)),
  ];
}

/** What the user has before them now, if it is something else than before. */
function editorMessages(before: PromptContext, after: PromptContext): MessageItem[] {
  const { editor, cwd } = after.environment;
  if (editor === null) return [];
  const text = editorText(editor, cwd);
  const told = before.environment.editor;
  return told !== null && editorText(told, cwd) === text ? [] : [message("user", text)];
}

/** Said to the model when the user stopped a turn, so that it does not take half-done work for done. */
export const turnAbortedMessage = (): MessageItem =>
  message(
    "user",
    "<turn_aborted>\nThe user stopped the last turn. Commands that ran were ended and may have done part of their work; check before you rely on it.\n</turn_aborted>",
  );

export const userMessageItem = (content: readonly ContentPart[]): MessageItem => ({
  type: "message",
  role: "user",
  content,
});

const message = (role: "developer" | "user", text: string): MessageItem => ({
  type: "message",
  role,
  content: [{ type: "input_text", text }],
});
