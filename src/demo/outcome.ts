/** What came of a command, read from the text that the tool gave back. */
export type CommandOutcome =
  | { readonly kind: "exited"; readonly exitCode: number; readonly output: string }
  | { readonly kind: "running"; readonly sessionId: number; readonly output: string }
  /** The user said no. */
  | { readonly kind: "declined" }
  /** The approval policy or the mode said no; nobody was asked. */
  | { readonly kind: "refused"; readonly text: string }
  | { readonly kind: "noSandbox"; readonly text: string }
  | { readonly kind: "failed"; readonly text: string };

const first = (pattern: RegExp, text: string): string | undefined => pattern.exec(text)?.[1];

/** Reads the output of `exec_command` or `write_stdin`. */
export function readCommandOutcome(text: string): CommandOutcome {
  const at = /^Output:\n?/m.exec(text);
  const head = at ? text.slice(0, at.index) : text;
  const output = at ? text.slice(at.index + at[0].length) : "";
  const exitCode = first(/Process exited with code (-?\d+)/, head);
  if (exitCode !== undefined) return { kind: "exited", exitCode: Number(exitCode), output };
  const sessionId = first(/Process running with session ID (\d+)/, head);
  if (sessionId !== undefined) return { kind: "running", sessionId: Number(sessionId), output };
  if (
    /bubblewrap|bwrap|sandbox[^.\n]{0,80}(unavailable|not available|cannot|could not|missing)|no sandbox/i.test(text)
  ) {
    return { kind: "noSandbox", text };
  }
  return readRefusal(text) ?? { kind: "failed", text };
}

/** What came of a patch. */
export type PatchOutcome =
  /** `paths` as the tool lists them; the user may have taken only some of the files. */
  | { readonly kind: "applied"; readonly paths: readonly string[]; readonly text: string }
  | { readonly kind: "declined" }
  | { readonly kind: "refused"; readonly text: string }
  | { readonly kind: "failed"; readonly text: string };

/** Reads the output of `apply_patch`. */
export function readPatchOutcome(text: string): PatchOutcome {
  if (/verification failed/.test(text)) return { kind: "failed", text };
  // Only the lines right after the heading: files that were left out may be listed further down.
  const [, list = ""] = /Updated the following files:\n((?:[AMD] .+(?:\n|$))*)/.exec(text) ?? [];
  const paths = Array.from(list.matchAll(/^[AMD] (.+)$/gm), ([, path = ""]) => path);
  if (paths.length > 0 || /^Success\b/m.test(text)) return { kind: "applied", paths, text };
  return readRefusal(text) ?? { kind: "failed", text };
}

function readRefusal(text: string): { kind: "declined" } | { kind: "refused"; text: string } | null {
  if (/approval policy|plan mode|read-only mode|not trusted|blocked by policy/i.test(text))
    return { kind: "refused", text };
  return /reject|declin|denied by the user/i.test(text) ? { kind: "declined" } : null;
}

/** The first line that says something, for quoting inside a sentence; at most 300 characters. */
export const firstLine = (text: string): string =>
  (text.split("\n").find((line) => line.trim() !== "") ?? "").trim().slice(0, 300);
