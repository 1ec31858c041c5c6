/** A stretch of a file, lines from 1 as editors count them. */
export interface Excerpt {
  /** Relative to the workspace where possible. */
  readonly path: string;
  readonly languageId: string;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly text: string;
}

/** One problem of a file as the editor reports it. */
export interface Problem {
  readonly line: number;
  readonly severity: "error" | "warning";
  readonly message: string;
  /** The tool that found it, with its rule where it names one. */
  readonly source: string | null;
}

const mostExcerptCharacters = 20_000;
const mostProblems = 50;

/** Text for the composer: where the selection is and what it says. The user writes the question above or below. */
export function selectionPrompt({ path, languageId, firstLine, lastLine, text }: Excerpt): string {
  const lines = firstLine === lastLine ? `${firstLine}` : `${firstLine}-${lastLine}`;
  const isCut = text.length > mostExcerptCharacters;
  const code = isCut
    ? `${text.slice(0, mostExcerptCharacters)}\n[... the rest of the selection is in the file ...]`
    : text;
  const fence = fenceFor(code);
  return `${path}:${lines}\n${fence}${languageId}\n${code.replace(/\n$/, "")}\n${fence}\n\n`;
}

/** A fence that no run of backticks in the code can close. */
function fenceFor(code: string): string {
  const longest = Math.max(0, ...(code.match(/`+/g) ?? []).map((run) => run.length));
  return "`".repeat(Math.max(3, longest + 1));
}

/** Text for the composer: files the agent should look at; the user writes around it what for. */
export const filesPrompt = (names: readonly string[]): string => `${names.map((name) => `\`${name}\``).join(" ")} `;

export const explainPrompt = (path: string): string =>
  `Explain the file ${path}: what it is for, how it works, and what in it is surprising. Do not change anything.`;

/** A message that asks to fix what the editor reports for a file. Null when it reports nothing. */
export function problemsPrompt(path: string, problems: readonly Problem[]): string | null {
  if (problems.length === 0) return null;
  const ordered = [...problems].sort(
    (a, b) => Number(b.severity === "error") - Number(a.severity === "error") || a.line - b.line,
  );
  const rows = ordered.slice(0, mostProblems).map(({ line, severity, message, source }) => {
    const origin = source === null ? "" : ` [${source}]`;
    return `- line ${line}, ${severity}${origin}: ${message.replace(/\s+/g, " ").slice(0, 500)}`;
  });
  const left = ordered.length - rows.length;
  const rest = left > 0 ? [`- and ${left} more`] : [];
  return [
    `Fix these problems in ${path}. They are what the editor reports; leave everything else as it is.`,
    "",
    ...rows,
    ...rest,
  ].join("\n");
}
