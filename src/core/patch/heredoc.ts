/** A patch that was written as a shell command. */
export interface ShellPatch {
  readonly patch: string;
  /** Folder of a leading `cd`, as written: absolute or relative to the command's own cwd; null without one. */
  readonly cwd: string | null;
}

const maxCommandLength = 16 * 1024 * 1024;

/** A folder name that the shell takes as it stands: bare, or quoted without anything that expands. */
const folderWord = /(?:'(?<single>[^'\n]+)'|"(?<double>[^"$`\\!\n]+)"|(?<bare>[A-Za-z0-9_./@%+,:-]+))/;
const opening = new RegExp(
  `^\\s*(?:cd[ \\t]+${folderWord.source}[ \\t]*&&[ \\t]*)?apply_?patch[ \\t]*<<[ \\t]*(?:'(?<sq>\\w+)'|"(?<dq>\\w+)"|(?<plain>\\w+))[ \\t]*\\r?\\n`,
);

/**
 * Recognises a command line that does nothing but hand a heredoc to `apply_patch` (or `applypatch`), optionally after `cd FOLDER &&`.
 * Anything else is null and stays a shell command: further commands, options, pipes, `<<-`, and heredocs without quotes whose text the
 * shell would expand.
 */
export function parseApplyPatchCommand(command: string): ShellPatch | null {
  if (command.length > maxCommandLength) return null;
  const start = opening.exec(command);
  const groups = start?.groups;
  if (start === null || groups === undefined) return null;
  const cwd = groups["single"] ?? groups["double"] ?? groups["bare"] ?? null;
  if (cwd?.startsWith("-") === true) return null; // an option of cd, or the previous folder
  const delimiter = groups["sq"] ?? groups["dq"] ?? groups["plain"];
  const lines = command.slice(start[0].length).split("\n");
  const end = lines.findIndex((line) => line.replace(/\r$/, "") === delimiter);
  if (end === -1 || lines.slice(end + 1).some((line) => line.trim() !== "")) return null;
  const patch = lines.slice(0, end).join("\n") + "\n";
  if (groups["plain"] !== undefined && /[$`\\]/.test(patch)) return null;
  return { patch, cwd };
}
