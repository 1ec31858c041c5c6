import type { CommandApprovalDecision, CommandApprovalParams } from "../../protocol/approvals.ts";

/** What the user sees of a command that waits, and what may be answered. */
export interface CommandQuestion {
  readonly script: string;
  readonly cwd: string;
  readonly reason: string | null;
  readonly isDangerous: boolean;
  readonly isUnsandboxed: boolean;
  readonly canAllowForSession: boolean;
}

export type CommandDecision = Extract<CommandApprovalDecision, string>;

export interface DialogButton {
  readonly title: string;
  readonly decision: CommandDecision;
  readonly isCloseAffordance?: true;
}

/** Reads a request. A server that does not send our member is taken to run accepted commands without a sandbox. */
export function commandQuestion(params: CommandApprovalParams): CommandQuestion {
  const { turnwright, availableDecisions } = params;
  return {
    script: turnwright?.script ?? params.command ?? "",
    cwd: params.cwd ?? "",
    reason: params.reason ?? null,
    isDangerous: turnwright?.dangerous ?? false,
    isUnsandboxed: turnwright?.unsandboxed ?? true,
    // Whether an answer can stand for later ones is the server's to say.
    canAllowForSession: availableDecisions?.includes("acceptForSession") ?? true,
  };
}

/**
 * Buttons in the order that survives a stray Enter: the first has the focus when the dialog opens, so it declines; the close
 * affordance (Escape) stands last.
 */
export function commandButtons(question: CommandQuestion): DialogButton[] {
  return [
    { title: "Decline", decision: "decline" },
    { title: "Run", decision: "accept" },
    ...(question.canAllowForSession
      ? [{ title: "Run and don't ask again this session", decision: "acceptForSession" } as const]
      : []),
    { title: "Stop turn", decision: "cancel", isCloseAffordance: true },
  ];
}

/** Headline and body of the dialog, plain text. */
export function commandDialog(
  question: CommandQuestion,
  options: { readonly again: boolean },
): { message: string; detail: string } {
  const { script, cwd, reason, isDangerous, isUnsandboxed, canAllowForSession } = question;
  const paragraphs = [
    options.again ? "That answer came faster than anyone can read, so it was not taken. Please answer again." : null,
    excerpt(script),
    `In ${visible(cwd)}`,
    reason === null || reason.trim() === "" ? null : `Why: ${excerpt(reason)}`,
    isDangerous ? "The server could not tell that this command is harmless." : null,
    isUnsandboxed
      ? "Run: outside the sandbox, with your rights: it can change any file of yours and use the network."
      : "Run: inside the sandbox, in which it can change the workspace only.",
    canAllowForSession
      ? "Don't ask again: the same command runs without a question until this thread is closed."
      : null,
  ];
  return {
    message: "Run this command?",
    detail: paragraphs.filter((paragraph) => paragraph !== null).join("\n\n"),
  };
}

const mostLines = 24;
const mostCharacters = 1_800;

/** Head and tail of a text that is too long for a dialog; the end of a command matters as much as its beginning. */
function excerpt(text: string): string {
  const shown = visible(text.trim());
  const lines = shown.split("\n");
  const byLines =
    lines.length <= mostLines
      ? shown
      : [
          ...lines.slice(0, mostLines / 2),
          `[... ${lines.length - mostLines} lines left out; the panel shows all of it ...]`,
          ...lines.slice(-mostLines / 2),
        ].join("\n");
  if (byLines.length <= mostCharacters) return byLines;
  const left = byLines.length - mostCharacters;
  return `${byLines.slice(0, mostCharacters / 2)}\n[... ${left} characters left out; the panel shows all of it ...]\n${byLines.slice(-mostCharacters / 2)}`;
}

/** Shows characters that hide or reorder text (controls, bidirectional marks, zero width) by their code, so that nothing is accepted unseen. */
const visible = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    character === "\n" || character === "\t" ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
