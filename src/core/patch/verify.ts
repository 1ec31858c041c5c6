import { dirname } from "node:path";
import { applyChunks } from "./match.ts";
import type { Operation, Patch, UpdateOperation } from "./parse.ts";
import { resolvePatchPath } from "./paths.ts";
import type { FileBase, FileStep, PatchPlan, PlannedFile } from "./plan.ts";
import { sha256 } from "./plan.ts";
import type { FileState, ReadFile } from "./read-file.ts";

/** Most bytes that the files of one patch may have together. */
const maxTotalBytes = 256 * 1024 * 1024;
/** Most text (UTF-16 units) that the updates of one patch may go through, counted once per update. */
const maxUpdatedLength = 512 * 1024 * 1024;

export type VerifyResult =
  { readonly ok: true; readonly plan: PatchPlan } | { readonly ok: false; readonly message: string };

/**
 * Plays a patch on a virtual view of the files and says what would change in net; writes nothing. Operations on one path compose
 * (add then update, swap by moves). Does not reject as long as `read` does not; a failure's `message` is written for the model.
 */
export async function verifyPatch(
  patch: Patch,
  { cwd, read }: { readonly cwd: string; readonly read: ReadFile },
): Promise<VerifyResult> {
  const view = new View(cwd, read);
  try {
    for (const operation of patch.operations) await view.play(operation);
    return { ok: true, plan: view.plan() };
  } catch (error) {
    if (error instanceof Unfit) return { ok: false, message: `${error.message} Nothing was changed.` };
    throw error;
  }
}

/** The patch does not fit the files; the message is the reason. Never leaves this module. */
class Unfit extends Error {}

/** One file of the view. `text` is null while it does not exist. */
interface Slot {
  readonly path: string;
  readonly location: string;
  readonly isLink: boolean;
  readonly base: FileBase | null;
  readonly links: number;
  text: string | null;
  mode: number | null;
  /** The slot whose file on disk this content comes from; null for content that only the patch holds. */
  contentFrom: Slot | null;
  group: number;
}

interface Found {
  readonly path: string;
  readonly state: Exclude<FileState, { kind: "unreadable" }>;
  readonly slot: Slot;
}

class View {
  readonly #cwd: string;
  readonly #read: ReadFile;
  readonly #states = new Map<string, Promise<FileState>>();
  /** By real location. */
  readonly #slots = new Map<string, Slot>();
  readonly #removedLinks = new Set<string>();
  readonly #work = { comparisons: 0, updatedLength: 0 };
  #totalBytes = 0;

  constructor(cwd: string, read: ReadFile) {
    this.#cwd = cwd;
    this.#read = read;
  }

  async play(operation: Operation): Promise<void> {
    const found = await this.#find(operation.path);
    const { slot } = found;
    switch (operation.kind) {
      case "add":
        slot.text = operation.text;
        slot.mode = slot.base?.mode ?? null;
        slot.contentFrom = slot.base === null ? null : slot;
        return;
      case "delete":
        if (slot.text === null)
          throw new Unfit(`${quote(operation.path)} cannot be deleted: ${this.#whyMissing(slot)}`);
        this.#remove(found);
        return;
      case "update":
        return this.#update(operation, found);
    }
  }

  async #update(operation: UpdateOperation, source: Found): Promise<void> {
    const { slot } = source;
    if (slot.text === null) {
      const hint = slot.base === null ? ' To make a new file use "*** Add File: ".' : "";
      throw new Unfit(`${quote(operation.path)} cannot be updated: ${this.#whyMissing(slot)}${hint}`);
    }
    this.#work.updatedLength += slot.text.length;
    if (this.#work.updatedLength > maxUpdatedLength) {
      throw new Unfit(
        "The patch updates large files too often. Put the chunks of one file into one update, or split the patch.",
      );
    }
    const matched = applyChunks(slot.text, operation.chunks, this.#work);
    if (!matched.ok) throw new Unfit(`${quote(operation.path)} cannot be updated. ${matched.message}`);
    if (operation.movePath !== null) {
      const { slot: destination } = await this.#find(operation.movePath);
      if (destination !== slot) {
        destination.text = matched.text;
        destination.mode = slot.mode;
        destination.contentFrom = source.state.isLink ? null : slot.contentFrom;
        this.#join(this.#remove(source), destination);
        return;
      }
    }
    slot.text = matched.text;
  }

  /** The slot a path of the patch leads to, through links. */
  async #find(path: string): Promise<Found> {
    const absolute = resolvePatchPath(this.#cwd, path);
    const reading = this.#states.get(absolute) ?? this.#read(absolute);
    this.#states.set(absolute, reading);
    const state = await reading;
    if (state.kind === "unreadable") throw new Unfit(`${quote(path)} cannot be changed: ${state.message}.`);
    if (this.#removedLinks.has(state.place)) {
      throw new Unfit(
        `${quote(path)} is a symbolic link that this patch removes; do what comes after that in a second patch.`,
      );
    }
    const slot =
      this.#slots.get(state.target) ??
      this.#makeSlot({
        path: absolute,
        location: state.target,
        isLink: false,
        base: state.kind === "file" ? this.#baseOf(path, state) : null,
        links: state.kind === "file" ? state.links : 0,
      });
    return { path: absolute, state, slot };
  }

  #makeSlot(place: Pick<Slot, "path" | "location" | "isLink" | "base" | "links">): Slot {
    const { base } = place;
    const slot: Slot = {
      ...place,
      text: base?.text ?? null,
      mode: base?.mode ?? null,
      contentFrom: null,
      group: this.#slots.size,
    };
    slot.contentFrom = base === null ? null : slot;
    this.#slots.set(place.location, slot);
    return slot;
  }

  #baseOf(path: string, { bytes, mode }: { readonly bytes: Buffer; readonly mode: number }): FileBase {
    this.#totalBytes += bytes.length;
    if (this.#totalBytes > maxTotalBytes)
      throw new Unfit("The files of this patch have more than 256 MiB together. Split the patch.");
    const text = bytes.subarray(0, 8_000).includes(0) ? null : decode(bytes);
    if (text === null)
      throw new Unfit(`${quote(path)} is not a UTF-8 text file, so a patch cannot change it. Use a command for it.`);
    return { bytes, hash: sha256(bytes), text, mode };
  }

  /** Removes what a path names: the link itself if it is one, else the file. Returns the slot that goes. */
  #remove({ path, state, slot }: Found): Slot {
    let removed = slot;
    if (state.isLink) {
      this.#removedLinks.add(state.place);
      removed = this.#makeSlot({ path, location: state.place, isLink: true, base: slot.base, links: 1 });
    }
    removed.text = null;
    removed.contentFrom = null;
    return removed;
  }

  #join(a: Slot, b: Slot): void {
    const from = b.group;
    for (const slot of this.#slots.values()) if (slot.group === from) slot.group = a.group;
  }

  #whyMissing(slot: Slot): string {
    return slot.base === null
      ? `there is no such file (relative paths start at ${this.#cwd}).`
      : "it was deleted or moved away earlier in this patch.";
  }

  plan(): PatchPlan {
    const slots = [...this.#slots.values()];
    const changed = slots.filter((slot) => slot.isLink || slot.text !== (slot.base?.text ?? null));
    this.#checkFolders(changed);
    const moves = movesAmong(changed);
    const sources = new Set(moves.values());
    const files = changed.filter((slot) => !sources.has(slot)).map((slot) => planned(slot, moves.get(slot) ?? null));
    return {
      cwd: this.#cwd,
      files,
      writes: [...new Set(changed.flatMap(({ path, location }) => [path, location]))],
      hardLinked: changed.filter(({ links }) => links > 1).map(({ path }) => path),
      unchanged: slots.filter((slot) => !changed.includes(slot) && slot.text !== null).map(({ path }) => path),
    };
  }

  /** A file of the patch cannot be the folder of another one. */
  #checkFolders(changed: readonly Slot[]): void {
    const files = new Set(changed.filter(({ text }) => text !== null).map(({ location }) => location));
    for (const location of files) {
      for (let folder = dirname(location); folder !== dirname(folder); folder = dirname(folder)) {
        if (files.has(folder))
          throw new Unfit(`${quote(folder)} cannot be a file and the folder of ${quote(location)}.`);
      }
    }
  }
}

/** Destinations with the slot whose file they take over; each file moves once, and only when its old name is free afterwards. */
function movesAmong(changed: readonly Slot[]): ReadonlyMap<Slot, Slot> {
  const moves = new Map<Slot, Slot>();
  const taken = new Set<Slot>();
  for (const slot of changed) {
    const source = slot.contentFrom;
    if (slot.text === null || source === null || source === slot || source.text !== null || taken.has(source)) continue;
    taken.add(source);
    moves.set(slot, source);
  }
  return moves;
}

function planned(slot: Slot, source: Slot | null): PlannedFile {
  const { path, base, text, group } = slot;
  if (source !== null) {
    const steps = [stepOf(slot), stepOf(source)];
    return { path: source.path, movePath: path, kind: "update", base: source.base, newText: text, steps, group };
  }
  const kind = text === null ? "delete" : base === null ? "add" : "update";
  return { path, movePath: null, kind, base, newText: text, steps: [stepOf(slot)], group };
}

function stepOf({ path, location, base, isLink, text, mode }: Slot): FileStep {
  return { path, location, base, isLink, newText: text, mode };
}

function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null; // not UTF-8, which is the answer here
  }
}

function quote(path: string): string {
  return JSON.stringify(path);
}
