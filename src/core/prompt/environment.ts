/** What the model should know of where it works. Times come from the caller, so that the text is a function of its input. */
export interface EnvironmentFacts {
  readonly cwd: string;
  /** Name of the shell, such as `bash`. */
  readonly shell: string;
  /** `YYYY-MM-DD` in the user's time zone. */
  readonly date: string;
  /** IANA name. */
  readonly timezone: string;
  readonly workspaceRoots: readonly string[];
}

export const environmentText = ({ cwd, shell, date, timezone, workspaceRoots }: EnvironmentFacts): string =>
  [
    "<environment_context>",
    `  <cwd>${escape(cwd)}</cwd>`,
    `  <shell>${escape(shell)}</shell>`,
    `  <current_date>${date}</current_date>`,
    `  <timezone>${escape(timezone)}</timezone>`,
    `  <workspace_roots>${workspaceRoots.map((root) => `<root>${escape(root)}</root>`).join("")}</workspace_roots>`,
    "</environment_context>",
  ].join("\n");

/** Folder names come from the user's disk and may hold anything. */
const escape = (text: string): string =>
  text.replace(/[<>&]/g, (c) => (c === "<" ? "&lt;" : c === ">" ? "&gt;" : "&amp;"));

/** Date and zone as {@link EnvironmentFacts} wants them. */
export function dateFacts(nowMs: number): Pick<EnvironmentFacts, "date" | "timezone"> {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return { date: new Intl.DateTimeFormat("sv-SE", { timeZone }).format(nowMs), timezone: timeZone };
}
