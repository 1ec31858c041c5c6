import { createHash } from "node:crypto";
import { relative, sep } from "node:path";
import type { FileContent, FileTransition } from "./apply.ts";
import { unifiedDiff } from "./unified-diff.ts";

/** The changes of one turn as one git-style diff. */
export interface TurnDiff {
  /** Adds what one patch did. Work and memory follow the files it touched. */
  record(transitions: readonly FileTransition[]): void;
  /** Sorted by path; a file that is again as it was at the start of the turn does not appear; "" when there is none. */
  text(): string;
}

interface Tracked {
  readonly name: string;
  readonly before: FileContent | null;
  /** The file's part of the diff, "" when its net change is nil. */
  section: string;
}

/**
 * `root` is the absolute folder that paths are shown relative to. Form: `diff --git a/x b/x`, `new file mode` or `deleted file mode`, full
 * blob hashes, hunks. A moved file shows as one removed and one new.
 */
export function createTurnDiff(root: string): TurnDiff {
  const files = new Map<string, Tracked>();
  let whole: string | null = "";
  return {
    record: (transitions) => {
      for (const { path, before, after } of transitions) {
        const known = files.get(path) ?? { name: nameOf(root, path), before, section: "" };
        known.section = sectionOf(known.name, known.before, after);
        files.set(path, known);
      }
      whole = null;
    },
    text: () => {
      whole ??= [...files.values()]
        .filter(({ section }) => section !== "")
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ section }) => section)
        .join("");
      return whole;
    },
  };
}

const noBlob = "0".repeat(40);

function sectionOf(name: string, before: FileContent | null, after: FileContent | null): string {
  const from = before === null ? noBlob : blobHash(before.text);
  const to = after === null ? noBlob : blobHash(after.text);
  if (from === to) return "";
  const lines = [`diff --git ${quoteName(`a/${name}`)} ${quoteName(`b/${name}`)}`];
  if (before === null && after !== null) lines.push(`new file mode ${gitMode(after)}`);
  if (after === null && before !== null) lines.push(`deleted file mode ${gitMode(before)}`);
  lines.push(`index ${from}..${to}`);
  const hunks = unifiedDiff(before?.text ?? "", after?.text ?? "");
  if (hunks !== "") {
    lines.push(`--- ${before === null ? "/dev/null" : fileLine(`a/${name}`)}`);
    lines.push(`+++ ${after === null ? "/dev/null" : fileLine(`b/${name}`)}`);
  }
  return lines.join("\n") + "\n" + hunks;
}

/** As `git hash-object` names a file's content. */
function blobHash(text: string): string {
  const bytes = Buffer.from(text, "utf8");
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

function gitMode({ mode }: FileContent): string {
  return mode !== null && (mode & 0o100) !== 0 ? "100755" : "100644";
}

/** Relative to the root with forward slashes; a path outside keeps its absolute form without the leading slash. */
function nameOf(root: string, path: string): string {
  const inside = relative(root, path);
  const isOutside = inside === ".." || inside.startsWith(".." + sep);
  return (isOutside ? path : inside).split(sep).join("/").replace(/^\//, "");
}

function quoteName(name: string): string {
  return /["\\\n\r\t]/.test(name) ? JSON.stringify(name) : name;
}

/** git ends the file lines of a name with blanks in a tab, so that the name's end is clear. */
function fileLine(name: string): string {
  const quoted = quoteName(name);
  return name.includes(" ") && quoted === name ? name + "\t" : quoted;
}
