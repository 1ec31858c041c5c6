import { relative, sep } from "node:path";
import type { EditorWriteOutcome } from "../approvals.ts";
import { describeFileError, errorCode } from "./failure.ts";
import { Conflict, FileJob } from "./file-job.ts";
import { createFolders } from "./folders.ts";
import type { FileStep, PatchPlan, PlannedFile } from "./plan.ts";

/** Writes single files in place of the server, for instance through the user's editor. */
export interface FileWriter {
  /**
   * `path` is absolute. `baseHash`: SHA-256 (hex) of the file to change, null: it must not exist. `text`: null deletes the file. "refused"
   * leaves the write to the server; "conflict" ends the whole patch. May reject, which counts as a conflict.
   */
  write(request: {
    readonly path: string;
    readonly baseHash: string | null;
    readonly text: string | null;
  }): Promise<EditorWriteOutcome>;
}

export interface FileContent {
  readonly text: string;
  /** Permission bits; null: those of a new file. */
  readonly mode: number | null;
}

/** One name that got other content; a move is two of these. What the turn's diff is made from. */
export interface FileTransition {
  /** Absolute. */
  readonly path: string;
  readonly before: FileContent | null;
  readonly after: FileContent | null;
}

export type ApplyOutcome =
  | {
      readonly status: "applied";
      readonly applied: readonly PlannedFile[];
      /** Not in `only`, or sharing files with one that is not. */
      readonly left: readonly PlannedFile[];
      readonly transitions: readonly FileTransition[];
      /** Absolute paths whose final text is not the proposed one, because the writer changed it (formatting, an edit by the user). */
      readonly amended: readonly string[];
    }
  /** A file is not as it was when the patch was verified. */
  | { readonly status: "conflict"; readonly message: string; readonly unrestored: readonly string[] }
  /** The file system refused. */
  | { readonly status: "failed"; readonly message: string; readonly unrestored: readonly string[] };

export interface ApplyOptions {
  /** The entries to apply, by `PlannedFile.path`; all when absent. */
  readonly only?: ReadonlySet<string>;
  readonly writer?: FileWriter;
}

/**
 * Applies a plan: checks that every file is as it was, prepares every new content, then puts all in place. After a failure or a conflict
 * every file is as before, except those named in `unrestored`. No file is ever half written. Does not reject. `message` is for the model.
 */
export async function applyPlan(plan: PatchPlan, { only, writer }: ApplyOptions = {}): Promise<ApplyOutcome> {
  const declined = new Set(plan.files.filter(({ path }) => only?.has(path) === false).map(({ group }) => group));
  const applied = plan.files.filter(({ group }) => !declined.has(group));
  // Everything is written before anything is removed: at no moment is a moved file nowhere.
  const steps = applied
    .flatMap((file) => file.steps)
    .toSorted((a, b) => Number(a.newText === null) - Number(b.newText === null));
  const committed = await commitAll(steps, writer ?? null);
  if (committed.status !== "applied") return committed;
  const { texts } = committed;
  const finalText = (step: FileStep): string | null => texts.get(step) ?? null;
  return {
    status: "applied",
    applied,
    left: plan.files.filter(({ group }) => declined.has(group)),
    transitions: steps.filter(({ isLink }) => !isLink).map((step) => transitionOf(step, finalText(step))),
    amended: steps.filter((step) => finalText(step) !== step.newText).map(({ path }) => path),
  };
}

function transitionOf({ path, base, mode }: FileStep, text: string | null): FileTransition {
  return { path, before: base, after: text === null ? null : { text, mode } };
}

type Committed =
  | { readonly status: "applied"; readonly texts: ReadonlyMap<FileStep, string | null> }
  | Exclude<ApplyOutcome, { status: "applied" }>;

async function commitAll(steps: readonly FileStep[], writer: FileWriter | null): Promise<Committed> {
  const folders = createFolders();
  const jobs = steps.map((step) => new FileJob(step, folders));
  const texts = new Map<FileStep, string | null>();
  let current: FileJob | undefined;
  try {
    for (current of jobs) await current.check();
    // With a writer the server writes only what it refuses, and temporary files in the user's folders are spared.
    if (writer === null) for (current of jobs) await current.prepare({ keepOriginal: jobs.length > 1 });
    for (current of jobs) texts.set(current.step, await commitOne(current, writer));
    current = undefined;
    if (!(await folders.recheck())) throw new Conflict("a folder was replaced by a symbolic link");
    return { status: "applied", texts };
  } catch (error) {
    const unrestored = await restoreAll(jobs, writer, texts);
    await tidyAll(jobs);
    await folders.removeCreated();
    return failure(error, current?.step.path ?? null, unrestored);
  } finally {
    await tidyAll(jobs);
    await folders.close();
  }
}

/** A temporary file that cannot be removed harms nothing, and the outcome is decided by then. */
async function tidyAll(jobs: readonly FileJob[]): Promise<void> {
  await Promise.allSettled(jobs.map((job) => job.tidy()));
}

/** Resolves to the text the file has then. */
async function commitOne(job: FileJob, writer: FileWriter | null): Promise<string | null> {
  const { path, base, newText, isLink } = job.step;
  if (writer !== null) {
    if (!isLink) {
      const outcome = await writeThrough(writer, { path, baseHash: base?.hash ?? null, text: newText });
      if (outcome.status === "conflict") throw new Conflict(outcome.message);
      if (outcome.status === "applied") return outcome.text;
    }
    await job.prepare({ keepOriginal: false });
  }
  await job.commit();
  return newText;
}

async function writeThrough(
  writer: FileWriter,
  request: Parameters<FileWriter["write"]>[0],
): Promise<EditorWriteOutcome> {
  try {
    return await writer.write(request);
  } catch (error) {
    return {
      status: "conflict",
      message: `the editor did not say whether it wrote the file (${describeFileError(error)})`,
    };
  }
}

/** Returns the paths that could not be put back. */
async function restoreAll(
  jobs: readonly FileJob[],
  writer: FileWriter | null,
  texts: ReadonlyMap<FileStep, string | null>,
): Promise<readonly string[]> {
  const unrestored: string[] = [];
  for (const job of jobs.toReversed()) {
    try {
      if (writer !== null && texts.has(job.step) && !job.step.isLink) await restoreThrough(job, writer);
      else await job.restore();
    } catch {
      unrestored.push(job.step.path); // named in the outcome; the first failure is what the message is about
    }
  }
  return unrestored;
}

async function restoreThrough(job: FileJob, writer: FileWriter): Promise<void> {
  const { path, base } = job.step;
  const baseHash = await job.adopt();
  const outcome = await writeThrough(writer, { path, baseHash, text: base?.text ?? null });
  if (outcome.status === "conflict") throw new Conflict(outcome.message);
  if (outcome.status === "refused") await job.restore();
}

function failure(
  error: unknown,
  path: string | null,
  unrestored: readonly string[],
): Exclude<Committed, { status: "applied" }> {
  const where = path === null ? "The patch" : JSON.stringify(path);
  const rest =
    unrestored.length === 0
      ? "Nothing was changed."
      : `All other files are as before, but these could not be put back: ${unrestored.map((file) => JSON.stringify(file)).join(", ")}.`;
  // A link or a file in the place of a folder: somebody changed the tree after the patch was verified.
  if (error instanceof Conflict || ["ELOOP", "ENOTDIR"].includes(errorCode(error))) {
    const what = error instanceof Conflict ? error.message : describeFileError(error);
    const message = `${where} is not as it was when the patch was checked: ${what}. ${rest} Read the file again and make a new patch.`;
    return { status: "conflict", message, unrestored };
  }
  return {
    status: "failed",
    message: `${where} could not be written: ${describeFileError(error)}. ${rest}`,
    unrestored,
  };
}

/** The listing that models know: one line per file, `A`, `M` or `D` and the path relative to the cwd; a move shows its new path. */
export function formatApplied(plan: PatchPlan, outcome: Extract<ApplyOutcome, { status: "applied" }>): string {
  const show = (path: string): string => {
    const shown = relative(plan.cwd, path);
    return shown.startsWith("..") ? path : shown.split(sep).join("/");
  };
  const list = (files: readonly PlannedFile[]): string[] =>
    (["add", "update", "delete"] as const).flatMap((kind) =>
      files
        .filter((file) => file.kind === kind)
        .map(({ path, movePath }) => `${letters[kind]} ${show(movePath ?? path)}`),
    );
  const lines: string[] = [];
  if (outcome.applied.length > 0) lines.push("Success. Updated the following files:", ...list(outcome.applied));
  if (outcome.amended.length > 0) {
    lines.push(
      "Saved with further changes (by the user or the editor); read these again:",
      ...outcome.amended.map(show),
    );
  }
  if (outcome.left.length > 0) lines.push("Not accepted, left as they were:", ...list(outcome.left));
  if (plan.files.length === 0)
    lines.push("Success. The files already had this content:", ...plan.unchanged.map((path) => `M ${show(path)}`));
  return lines.join("\n") + "\n";
}

const letters = { add: "A", update: "M", delete: "D" } as const;
