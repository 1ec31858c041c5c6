import { constants } from "node:fs";
import { link, lstat, open, readlink, rename, symlink, unlink } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { basename, dirname } from "node:path";
import { errorCode } from "./failure.ts";
import type { Folder, Folders } from "./folders.ts";
import type { FileStep } from "./plan.ts";
import { sha256 } from "./plan.ts";
import { readRegularFile, stampOf } from "./read-file.ts";

/** Why a file is not as it was when the patch was verified. */
export class Conflict extends Error {}

/**
 * One file on its way to new content: `check`, `prepare`, `commit` in this order, `restore` after a commit that must not stay, `tidy`
 * last. Each rejects with `Conflict` or with the error of the file system, and leaves the file whole either way: content is written to a
 * temporary file beside it, which then takes its name in one step.
 */
export class FileJob {
  readonly step: FileStep;
  readonly #folders: Folders;
  readonly #name: string;
  #folder: Folder | null = null;
  /** What `check` saw: stamp and owner of a file, target of a link; null when nothing was there. */
  #seen: {
    readonly stamp: string;
    readonly uid: number;
    readonly gid: number;
    readonly linkTarget: string | null;
  } | null = null;
  #temp: string | null = null;
  #backup: string | null = null;
  /** Stamp of what `commit` left under the name, null for nothing; undefined before. */
  #left: string | null | undefined = undefined;

  constructor(step: FileStep, folders: Folders) {
    this.step = step;
    this.#folders = folders;
    this.#name = basename(step.location);
  }

  /** Makes sure that the file is as it was when the patch was verified. Changes nothing. */
  async check(): Promise<void> {
    const { base, isLink } = this.step;
    this.#folder = await this.#openFolder(false).catch((error: unknown) => {
      if (errorCode(error) === "ENOENT") return null;
      throw error;
    });
    if (this.#folder === null) {
      if (base === null) return;
      throw new Conflict("it was deleted");
    }
    const entry = this.#entry();
    const stat = await statEntry(entry);
    if (base === null) {
      if (stat !== null) throw new Conflict("it did not exist and exists now");
      return;
    }
    if (stat === null) throw new Conflict("it was deleted");
    if (isLink !== stat.isLink)
      throw new Conflict(isLink ? "it is no symbolic link any more" : "it was replaced by a symbolic link");
    if (isLink) {
      this.#seen = { ...stat, linkTarget: await readlink(entry) };
      return;
    }
    if (!stat.isFile) throw new Conflict("it was replaced by something that is no file");
    const file = await readRegularFile(entry);
    if (file === null) throw new Conflict("it was deleted");
    if (sha256(file.bytes) !== base.hash) throw new Conflict("it was changed");
    this.#seen = { stamp: file.stamp, uid: file.uid, gid: file.gid, linkTarget: null };
  }

  /** Writes the new content beside the file, and keeps the original at hand if `keepOriginal`. */
  async prepare({ keepOriginal }: { readonly keepOriginal: boolean }): Promise<void> {
    const { base, newText, isLink, mode } = this.step;
    this.#folder ??= await this.#openFolder(true);
    if (newText !== null) await this.#writeTemp(Buffer.from(newText, "utf8"), mode);
    if (keepOriginal && base !== null && !isLink) {
      const backup = this.#freshEntry();
      // Without hard links (FAT, some network drives) the original is kept in memory only.
      this.#backup = await link(this.#entry(), backup).then(
        () => backup,
        () => null,
      );
    }
  }

  /** Puts the new content in place, or removes the file, in one step. */
  async commit(): Promise<void> {
    const entry = this.#entry();
    const stat = await statEntry(entry);
    if ((stat?.stamp ?? null) !== (this.#seen?.stamp ?? null)) throw new Conflict("it was changed at this moment");
    if (this.#temp === null) {
      await unlink(entry);
      this.#left = null;
      return;
    }
    const temp = this.#temp;
    if (stat === null) await takeFreeName(temp, entry);
    else await rename(temp, entry);
    this.#temp = null;
    this.#left = (await statEntry(entry))?.stamp ?? null;
  }

  /** Takes what is there now for what `commit` left, after a writer did its work. Resolves to the SHA-256 (hex) of the file, null without one. */
  async adopt(): Promise<string | null> {
    this.#folder ??= await this.#openFolder(true);
    const file = await readRegularFile(this.#entry());
    this.#left = file?.stamp ?? null;
    return file === null ? null : sha256(file.bytes);
  }

  /** Undoes `commit`; does nothing before it. Rejects when the file was changed again meanwhile: then that change stays. */
  async restore(): Promise<void> {
    if (this.#left === undefined) return;
    const entry = this.#entry();
    const stat = await statEntry(entry);
    if ((stat?.stamp ?? null) !== this.#left) throw new Conflict("it was changed again");
    const { base } = this.step;
    if (base === null) {
      if (stat !== null) await unlink(entry);
    } else if (this.#seen !== null && this.#seen.linkTarget !== null) {
      await symlink(this.#seen.linkTarget, entry);
    } else {
      const original = this.#backup ?? (await this.#writeTemp(base.bytes, base.mode));
      if (stat === null) await takeFreeName(original, entry);
      else await rename(original, entry);
      this.#backup = null;
      this.#temp = null;
    }
    this.#left = undefined;
  }

  /** Removes what `prepare` left over. */
  async tidy(): Promise<void> {
    for (const path of [this.#temp, this.#backup]) if (path !== null) await unlink(path).catch(ignoreMissing);
    this.#temp = null;
    this.#backup = null;
  }

  #openFolder(create: boolean): Promise<Folder> {
    return this.#folders.open(dirname(this.step.location), { create });
  }

  #entry(): string {
    if (this.#folder === null) throw new Error("the folder is not open: check and prepare come first");
    return this.#folder.entry(this.#name);
  }

  #freshEntry(): string {
    if (this.#folder === null) throw new Error("the folder is not open: check and prepare come first");
    return this.#folder.entry(`.turnwright-${randomBytes(8).toString("hex")}.tmp`);
  }

  async #writeTemp(bytes: Buffer, mode: number | null): Promise<string> {
    const temp = this.#freshEntry();
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
    const handle = await open(temp, flags, mode === null ? 0o666 : 0o600);
    this.#temp = temp;
    try {
      await handle.writeFile(bytes);
      if (mode !== null) await handle.chmod(await this.#keepOwner(handle, mode));
      await handle.sync();
    } finally {
      await handle.close();
    }
    return temp;
  }

  /** Gives the file to the owner of the old one where that is allowed; returns the mode that is then safe to set. */
  async #keepOwner(handle: Awaited<ReturnType<typeof open>>, mode: number): Promise<number> {
    const ownStat = await handle.stat();
    const seen = this.#seen;
    if (seen === null || (seen.uid === ownStat.uid && seen.gid === ownStat.gid)) return mode;
    return handle.chown(seen.uid, seen.gid).then(
      () => mode,
      () => mode & 0o1777, // no set-uid bit for another owner than the one that set it
    );
  }
}

interface EntryStat {
  readonly stamp: string;
  readonly uid: number;
  readonly gid: number;
  readonly isLink: boolean;
  readonly isFile: boolean;
}

async function statEntry(entry: string): Promise<EntryStat | null> {
  try {
    const stat = await lstat(entry, { bigint: true });
    return {
      stamp: stampOf(stat),
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      isLink: stat.isSymbolicLink(),
      isFile: stat.isFile(),
    };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/** Gives a file a name that nobody has; a name taken meanwhile is a conflict and not overwritten. */
async function takeFreeName(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (errorCode(error) === "EEXIST") throw new Conflict("it did not exist and exists now");
    // No hard links here: the look just before must do.
    await rename(from, to);
    return;
  }
  await unlink(from);
}

function ignoreMissing(error: unknown): void {
  if (errorCode(error) !== "ENOENT") throw error;
}
