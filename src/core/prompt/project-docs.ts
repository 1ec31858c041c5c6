import fs from "node:fs/promises";
import path from "node:path";
import { liesIn } from "../patch/paths.ts";
import { withRegularFile } from "../regular-file.ts";
import { foldersFromRoot, realFolder } from "../project-folders.ts";
import { projectRule } from "./project.ts";

export interface ProjectDocsOptions {
  /** Absolute. */
  readonly cwd: string;
  /** The state directory; its AGENTS.md holds for all projects. */
  readonly home: string;
  /** What makes a folder the root of a project, such as `.git`. */
  readonly rootMarkers: readonly string[];
  /** Names tried in a folder that has no AGENTS.md. */
  readonly fallbackNames: readonly string[];
  /** Bytes of project files in all; what is over is cut, innermost first. */
  readonly maxBytes: number;
  /** Absolute paths whose content the model must not see; those that the project itself lies below do not count. */
  readonly denyRead: readonly string[];
}

export interface ProjectDocs {
  /** The text for the model; null when there is none. */
  readonly text: string | null;
  /** Absolute paths of the files used, outermost first. */
  readonly sources: readonly string[];
  /** Folders whose instructions are in the text or that have none, outermost first: from the project's root down to the cwd. */
  readonly folders: readonly string[];
  /** Bytes of project files that the limit still lets through. */
  readonly bytesLeft: number;
  /** Set when the limit cut something off, or a file was not read because of where it leads. One line per file. */
  readonly warning: string | null;
}

/** Bytes of the home's file, which is the user's own and counts apart. */
const maxHomeBytes = 256 * 1024;

/**
 * Collects the user's standing instructions: the home's AGENTS.md, then for each folder from the project root (the nearest parent with a marker)
 * down to the cwd the first file that is not empty among AGENTS.override.md, AGENTS.md and the fallbacks. More specific comes later.
 * A repository is not trusted: only regular files that really lie in the project (the home's own: in the home) are read, and no more of
 * them than the limit lets through.
 */
export async function readProjectDocs(options: ProjectDocsOptions): Promise<ProjectDocs> {
  const { cwd, home, fallbackNames, maxBytes } = options;
  const names = ["AGENTS.override.md", "AGENTS.md", ...fallbackNames];
  const sources: string[] = [];
  const warnings: string[] = [];
  const note = (warning: string) => void warnings.push(warning);

  const realHome = await realFolder(home);
  const homeDoc = await firstDoc(home, names.slice(0, 2), maxHomeBytes, (file) => liesIn(realHome, file), note);
  if (homeDoc !== null) {
    sources.push(homeDoc.file);
    if (homeDoc.isOver) note(`${homeDoc.file} is over the limit of ${maxHomeBytes} bytes and was cut.`);
  }

  const folders = await foldersFromRoot(cwd, options.rootMarkers);
  const mayRead = await projectRule([folders[0] ?? cwd, cwd], options.denyRead);
  const parts: string[] = [];
  let left = maxBytes;
  for (const folder of folders) {
    const doc = await firstDoc(folder, names, left, mayRead, note);
    if (doc === null) continue;
    if (doc.isOver) note(overLimit(doc.file, maxBytes));
    if (doc.text !== "") {
      sources.push(doc.file);
      parts.push(doc.text);
    }
    if (doc.isOver) {
      left = 0;
      break;
    }
    left -= Buffer.byteLength(doc.text);
  }
  const project = parts.join("\n\n");
  const body = [homeDoc?.text, project === "" ? undefined : project]
    .filter((text) => text !== undefined)
    .join("\n\n--- project-doc ---\n\n");
  const text = body === "" ? null : instructionsText(cwd, body);
  return { text, sources, folders, bytesLeft: Math.max(0, left), warning: linesOf(warnings) };
}

const instructionsText = (folder: string, body: string): string =>
  `# AGENTS.md instructions for ${folder}\n\n<INSTRUCTIONS>\n${body}\n</INSTRUCTIONS>`;

const linesOf = (warnings: readonly string[]): string | null => (warnings.length === 0 ? null : warnings.join("\n"));

/** Instructions of one folder inside the project. */
export interface FolderDoc {
  readonly folder: string;
  readonly source: string;
  /** The text for the model. */
  readonly text: string;
}

/**
 * The instructions of folders that the agent comes to after its start, by the same rules. `within`: where the project begins; `bytesLeft`: what
 * the limit still lets through.
 */
export async function readFolderDocs(
  folders: readonly string[],
  options: Pick<ProjectDocsOptions, "fallbackNames" | "maxBytes" | "denyRead"> & {
    readonly within: string;
    readonly bytesLeft: number;
  },
): Promise<{ readonly docs: readonly FolderDoc[]; readonly bytesLeft: number; readonly warning: string | null }> {
  const names = ["AGENTS.override.md", "AGENTS.md", ...options.fallbackNames];
  const mayRead = await projectRule([options.within], options.denyRead);
  const warnings: string[] = [];
  const docs: FolderDoc[] = [];
  let left = options.bytesLeft;
  for (const folder of folders) {
    const doc = await firstDoc(folder, names, left, mayRead, (warning) => void warnings.push(warning));
    if (doc === null) continue;
    if (doc.isOver) warnings.push(overLimit(doc.file, options.maxBytes));
    if (doc.text === "") continue;
    docs.push({ folder, source: doc.file, text: instructionsText(folder, doc.text) });
    left = doc.isOver ? 0 : left - Buffer.byteLength(doc.text);
  }
  return { docs, bytesLeft: left, warning: linesOf(warnings) };
}

const overLimit = (file: string, maxBytes: number): string =>
  `${file} is over the limit of ${maxBytes} bytes for project instructions (project_doc_max_bytes) and was cut.`;

interface Doc {
  readonly file: string;
  /** At most the limit; may be empty when the limit is used up. */
  readonly text: string;
  /** True when the limit cut something off. */
  readonly isOver: boolean;
}

/** The first of `names` in a folder that is a regular file with text in it. */
async function firstDoc(
  folder: string,
  names: readonly string[],
  maxBytes: number,
  mayRead: (realPath: string) => boolean,
  note: (warning: string) => void,
): Promise<Doc | null> {
  for (const name of names) {
    const file = path.join(folder, name);
    try {
      // A device is not even opened: only what lies in the project is.
      const target = await fs.realpath(file);
      const found = mayRead(target) ? await readDoc(target, maxBytes, mayRead) : "refused";
      if (found === "refused")
        note(`${file} was not read: it leads out of its project, or to a file that may not be read.`);
      else if (found.text !== "" || found.isOver) return { file, ...found };
    } catch {
      // Missing, unreadable, a folder or a pipe: the next name gets its turn.
    }
  }
  return null;
}

function readDoc(target: string, maxBytes: number, mayRead: (realPath: string) => boolean) {
  return withRegularFile(target, async (file): Promise<Omit<Doc, "file"> | "refused"> => {
    if (!mayRead(await file.realPath())) return "refused";
    const bytes = await file.read(0, maxBytes + 1);
    const text = bytes.toString("utf8").trimEnd();
    if (text === "") return { text, isOver: false };
    const isOver = file.stat.size > BigInt(bytes.length) || Buffer.byteLength(text) > maxBytes;
    return { text: isOver ? cutToBytes(text, maxBytes) : text, isOver };
  });
}

/** Cuts at a character, never in the middle of one. */
const cutToBytes = (text: string, bytes: number): string =>
  Buffer.from(text, "utf8")
    .subarray(0, bytes)
    .toString("utf8")
    .replace(/\uFFFD+$/u, "");
