import * as vscode from "vscode";

/** Left side of a diff, and any text that is only shown. */
export const baseScheme = "turnwright-base";
/** Right side of a diff that waits for an answer: the buttons of the title bar go by this scheme. */
export const proposalScheme = "turnwright-proposal";
export const proposalSchemes = [baseScheme, proposalScheme] as const;
/** How the titles of overviews begin: what they show has no stable type, so they are known by these. */
export const overviewTitle = "Turnwright: proposed changes";
export const appliedTitle = "Turnwright: applied changes";

const mostShown = 100;

interface Entry {
  readonly read: () => Promise<Uint8Array>;
  mtime: number;
}

/** Serves the texts of proposals to the diff editor, read only. A text exists from `mount` to `unmount`. */
export class ProposalFiles implements vscode.FileSystemProvider {
  readonly #entries = new Map<string, Entry>();
  /** Texts that nobody unmounts, oldest first. */
  readonly #shown: vscode.Uri[] = [];
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changed.event;

  mount(uri: vscode.Uri, read: () => Promise<Uint8Array>): void {
    this.#entries.set(uri.toString(), { read, mtime: Date.now() });
  }

  /** Serves a text for as long as it is among the last hundred. */
  mountShown(uri: vscode.Uri, bytes: Uint8Array): void {
    this.mount(uri, async () => bytes);
    this.#shown.push(uri);
    const oldest = this.#shown.length > mostShown ? this.#shown.shift() : undefined;
    if (oldest !== undefined && !this.#shown.some((other) => other.toString() === oldest.toString()))
      this.unmount(oldest);
  }

  unmount(uri: vscode.Uri): void {
    this.#entries.delete(uri.toString());
  }

  /** The text behind a URI is another one now; an open editor reads it again. */
  refresh(uri: vscode.Uri): void {
    const entry = this.#entries.get(uri.toString());
    if (entry === undefined) return;
    entry.mtime = Math.max(Date.now(), entry.mtime + 1);
    this.#changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const entry = this.#entry(uri);
    const { byteLength } = await entry.read();
    return { type: vscode.FileType.File, ctime: 0, mtime: entry.mtime, size: byteLength };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.#entry(uri).read();
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }
  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }
  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }
  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }
  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  #entry(uri: vscode.Uri): Entry {
    const entry = this.#entries.get(uri.toString());
    if (entry === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return entry;
  }
}
