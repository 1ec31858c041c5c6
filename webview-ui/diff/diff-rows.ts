import type { FileUpdateChange } from "../../src/protocol/items.ts";

/** One line of a shown diff. Line numbers are 1-based and null on the side that lacks the line. */
export type DiffRow =
  | { readonly kind: "gap"; readonly label: string }
  | {
      readonly kind: "same" | "added" | "removed";
      readonly oldLine: number | null;
      readonly newLine: number | null;
      readonly text: string;
    };

export type DiffCounts = { readonly added: number; readonly removed: number };

/** The rows of one changed file. A diff that is cut or malformed gives the rows that could be read; it never throws. */
export function diffRows({ kind, diff }: Pick<FileUpdateChange, "kind" | "diff">): DiffRow[] {
  if (kind.type !== "update") return wholeFile(diff, kind.type === "add" ? "added" : "removed");
  const rows: DiffRow[] = [];
  let oldLine = 1;
  let newLine = 1;
  for (const line of linesOf(diff)) {
    const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)/.exec(line);
    if (header !== null) {
      oldLine = Number(header[1]);
      newLine = Number(header[2]);
      rows.push({ kind: "gap", label: header[3] ?? "" });
    } else if (line.startsWith("+"))
      rows.push({ kind: "added", oldLine: null, newLine: newLine++, text: line.slice(1) });
    else if (line.startsWith("-"))
      rows.push({ kind: "removed", oldLine: oldLine++, newLine: null, text: line.slice(1) });
    else if (line.startsWith("\\"))
      continue; // "\ No newline at end of file"
    else rows.push({ kind: "same", oldLine: oldLine++, newLine: newLine++, text: line.slice(1) });
  }
  // The line numbers of the first row say where it is; only a gap between hunks needs a row of its own.
  return rows[0]?.kind === "gap" && rows[0].label === "" ? rows.slice(1) : rows;
}

/** Lines added and removed in one file. */
export function diffCounts(change: Pick<FileUpdateChange, "kind" | "diff">): DiffCounts {
  let added = 0;
  let removed = 0;
  for (const row of diffRows(change)) {
    if (row.kind === "added") added++;
    else if (row.kind === "removed") removed++;
  }
  return { added, removed };
}

function wholeFile(content: string, kind: "added" | "removed"): DiffRow[] {
  return linesOf(content).map((text, index) => ({
    kind,
    oldLine: kind === "removed" ? index + 1 : null,
    newLine: kind === "added" ? index + 1 : null,
    text,
  }));
}

function linesOf(text: string): string[] {
  if (text === "") return [];
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
