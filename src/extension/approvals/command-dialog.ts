import type { CommandApprovalDecision, CommandApprovalParams } from "../../protocol/approvals.ts";

/** What the user sees of a command that waits, and what may be answered. */
export interface CommandQuestion {
  readonly script: string;
  readonly cwd: string;
  readonly reason: string | null;
  readonly isDangerous: boolean;
  readonly isUnsandboxed: boolean;
  readonly canAllowForSession: boolean;
  /** Words with which commands may be allowed for good; null where the server proposes none. */
  readonly alwaysAllow: readonly string[] | null;
}

/** `acceptForGood`: what begins with `alwaysAllow` is not asked about again. */
export type CommandDecision = Extract<CommandApprovalDecision, string> | "acceptForGood";

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
    alwaysAllow: proposedWords(params),
  };
}

/** Danger is never allowed for good from here, whatever a server proposes. */
function proposedWords({ proposedExecpolicyAmendment: words, turnwright }: CommandApprovalParams): string[] | null {
  return words === null || words === undefined || words.length === 0 || turnwright?.dangerous === true ? null : words;
}

/** Words as one would type them, nothing in them hidden. */
export const wordsAsText = (words: readonly string[]): string =>
  visible(words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(" "));

const maxTitleCharacters = 60;
const clipped = (text: string): string =>
  text.length > maxTitleCharacters ? `${text.slice(0, maxTitleCharacters)}...` : text;

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
    ...(question.alwaysAllow === null
      ? []
      : [{ title: `Always allow ${clipped(wordsAsText(question.alwaysAllow))}`, decision: "acceptForGood" } as const]),
    { title: "Stop turn", decision: "cancel", isCloseAffordance: true },
  ];
}

/** Headline and body of the dialog, plain text. */
export function commandDialog(
  question: CommandQuestion,
  options: { readonly again: boolean },
): { message: string; detail: string } {
  const { script, cwd, reason, isUnsandboxed, canAllowForSession, alwaysAllow } = question;
  const paragraphs = [
    options.again ? "That answer came faster than anyone can read, so it was not taken. Please answer again." : null,
    script.trim() === "" ? "The server does not say which command." : scriptLines(script),
    cwd === "" ? null : `In ${oneLine(cwd)}`,
    reason === null || reason.trim() === "" ? null : `Why: ${oneLine(reason)}`,
    isUnsandboxed
      ? "Run: outside the sandbox, with your rights: it can change any file of yours and use the network."
      : "Run: inside the sandbox, in which it can change the workspace only.",
    canAllowForSession
      ? "Don't ask again: the same command runs without a question until this thread is closed."
      : null,
    alwaysAllow === null
      ? null
      : `Always allow: every command that begins with \`${wordsAsText(alwaysAllow)}\` runs without a question from now on, in all threads, also outside the sandbox.`,
  ];
  return {
    message: "Run this command?",
    detail: paragraphs.filter((paragraph) => paragraph !== null).join("\n\n"),
  };
}

/** Most of each end that is shown of a text that is too long for a dialog. */
const endLines = 12;
const endCharacters = 900;

/** Head and tail of a text; the end of a command matters as much as its beginning. `left`: characters between them. */
function endsOf(text: string): { head: string; left: number; tail: string } {
  const lines = text.split("\n");
  const hasManyLines = lines.length > 2 * endLines;
  if (!hasManyLines && text.length <= 2 * endCharacters) return { head: text, left: 0, tail: "" };
  const head = (hasManyLines ? lines.slice(0, endLines).join("\n") : text).slice(0, endCharacters);
  const tail = (hasManyLines ? lines.slice(-endLines).join("\n") : text).slice(-endCharacters);
  return { head, left: text.length - head.length - tail.length, tail };
}

const leftOut = (count: number): string => `[... ${count} characters left out; the panel shows all of it ...]`;

/** A script as a shell echoes it. Every line is marked, so that none can pass for a line of the dialog's own. */
function scriptLines(script: string): string {
  const { head, left, tail } = endsOf(visible(script.trim()));
  const marked = `$ ${head.replaceAll("\n", "\n> ")}`;
  return left === 0 ? marked : `${marked}\n${leftOut(left)}\n> ${tail.replaceAll("\n", "\n> ")}`;
}

/** What the model or a file name says, without line breaks: it cannot go on as if the dialog said it. */
function oneLine(text: string): string {
  const { head, left, tail } = endsOf(visible(text.trim().replace(/\s+/g, " ")));
  return left === 0 ? head : `${head} ${leftOut(left)} ${tail}`;
}

/** Shows characters that hide or reorder text (controls, bidirectional marks, zero width) by their code, so that nothing is accepted unseen. */
const visible = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    character === "\n" || character === "\t" ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
