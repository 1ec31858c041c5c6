import { basename } from "node:path";
import * as vscode from "vscode";
import type { Proposal } from "./approvals/files.ts";
import type { ProposedFile } from "./approvals/proposal.ts";
import { byteOrderMark } from "./edit-plan.ts";
import { appliedTitle, baseScheme, overviewTitle, proposalScheme } from "./proposal-files.ts";
import type { ProposalFiles } from "./proposal-files.ts";

/** Which file of which proposal a diff's right side stands for. */
export interface ProposalTarget {
  readonly itemId: string;
  readonly path: string;
}

const bytesOf = (text: string | null): Uint8Array => new TextEncoder().encode(text ?? "");

/** Opens and closes the diffs of proposals that wait, and keeps their left sides equal to what the user has now. */
export class DiffTabs {
  readonly #files: ProposalFiles;
  readonly #tell: (message: string) => void;
  /** Watchers of the files that wait, by the URI of the right side. */
  readonly #watches = new Map<string, vscode.Disposable>();

  constructor(files: ProposalFiles, tell: (message: string) => void) {
    this.#files = files;
    this.#tell = tell;
  }

  mount(proposal: Proposal): void {
    for (const file of proposal.files) {
      const { left, right } = urisOf(proposal, file);
      this.#files.mount(left, async () => (await currentBytes(file.path)) ?? bytesOf(file.base));
      this.#files.mount(right, async () => bytesOf(file.proposed));
      this.#watches.set(right.toString(), this.#watch(file, left));
    }
  }

  async open(proposal: Proposal, file: ProposedFile): Promise<void> {
    const { left, right } = urisOf(proposal, file);
    const options: vscode.TextDocumentShowOptions = { preview: false, preserveFocus: true };
    await vscode.commands.executeCommand("vscode.diff", left, right, titleOf(proposal, file), options);
  }

  async openOverview(proposal: Proposal): Promise<void> {
    const rows = proposal.files.map((file) => {
      const { left, right } = urisOf(proposal, file);
      const label = vscode.Uri.file(file.movePath ?? file.path);
      return [label, file.base === null ? undefined : left, file.proposed === null ? undefined : right];
    });
    await vscode.commands.executeCommand("vscode.changes", overviewTitle, rows);
  }

  /** Closes the diff of one file, or everything of a proposal. The answer is given, so no text is lost. Does not reject. */
  async close(proposal: Proposal, file?: ProposedFile): Promise<void> {
    const files = file === undefined ? proposal.files : [file];
    const rights = new Set(files.map((each) => urisOf(proposal, each).right.toString()));
    const tabs = vscode.window.tabGroups.all
      .flatMap((group) => group.tabs)
      .filter(({ input, label }) => {
        if (input instanceof vscode.TabInputTextDiff) return rights.has(input.modified.toString());
        if (input instanceof vscode.TabInputText) return rights.has(input.uri.toString());
        // The overview's input has no stable type; its title is ours, and VS Code adds to it.
        return file === undefined && label.startsWith(overviewTitle);
      });
    // At once, not after the tabs: the same change may be asked about again, and mounted again, meanwhile.
    for (const each of files) {
      const { left, right } = urisOf(proposal, each);
      this.#watches.get(right.toString())?.dispose();
      this.#watches.delete(right.toString());
      this.#files.unmount(left);
      this.#files.unmount(right);
    }
    if (tabs.length === 0) return;
    await vscode.window.tabGroups.close(tabs, true).then(undefined, () => undefined); // the user closed one at the same time
  }

  /** Follows a file that waits: the left side shows what is there now, and the user hears once that the ground has moved. */
  #watch(file: ProposedFile, left: vscode.Uri): vscode.Disposable {
    const target = vscode.Uri.file(file.path);
    const { fsPath } = target;
    // A file name is not always a glob that matches itself, so the folder is watched.
    const folder = new vscode.RelativePattern(vscode.Uri.joinPath(target, ".."), "*");
    const watcher = vscode.workspace.createFileSystemWatcher(folder);
    let hasTold = false;
    const moved = async (): Promise<void> => {
      this.#files.refresh(left);
      const now = await currentBytes(file.path);
      const isSame =
        now === null ? file.base === null : file.base !== null && Buffer.from(now).equals(bytesOf(file.base));
      if (isSame || hasTold || !file.fits) return;
      hasTold = true;
      const what = openDocument(file.path)?.isDirty === true ? "has unsaved changes" : "has changed meanwhile";
      this.#tell(`${basename(fsPath)} ${what}. Accepting its proposed change will not overwrite that.`);
    };
    void moved(); // it may have been open with unsaved text all the time; reads only, and reading does not reject
    const check = (changed: vscode.Uri): void => {
      if (changed.scheme === "file" && changed.fsPath === fsPath) void moved(); // as above
    };
    return vscode.Disposable.from(
      watcher,
      watcher.onDidChange(check),
      watcher.onDidCreate(check),
      watcher.onDidDelete(check),
      vscode.workspace.onDidChangeTextDocument(({ document }) => check(document.uri)),
    );
  }
}

/** Shows what an applied change did: the text before it against the file as it is. Several files open as one overview. */
export async function openApplied(
  files: ProposalFiles,
  itemId: string,
  changed: readonly ProposedFile[],
): Promise<void> {
  const rows = changed.map((file) => {
    const target = vscode.Uri.file(file.movePath ?? file.path);
    const query = new URLSearchParams({ item: itemId, path: file.path }).toString();
    const left = target.with({ scheme: baseScheme, query });
    const deleted = target.with({ scheme: baseScheme, query: `${query}&deleted` });
    files.mountShown(left, bytesOf(file.base));
    files.mountShown(deleted, bytesOf(null));
    return { file, target, left, right: file.proposed === null ? deleted : target };
  });
  const [first] = rows;
  if (first === undefined) return;
  if (rows.length > 1) {
    const resources = rows.map(({ file, target, left, right }) => [
      target,
      file.base === null ? undefined : left,
      file.proposed === null ? undefined : right,
    ]);
    await vscode.commands.executeCommand("vscode.changes", `${appliedTitle} in ${rows.length} files`, resources);
  } else if (!first.file.fits) {
    await vscode.commands.executeCommand("vscode.open", first.target); // edited since: there is no "before" to show
  } else {
    const title = `${basename(first.target.fsPath)} (applied change)`;
    await vscode.commands.executeCommand("vscode.diff", first.left, first.right, title, { preview: true });
  }
}

/** What a title-bar button stands for; null for any other document. */
export function targetOf(candidate: unknown): ProposalTarget | null {
  if (!(candidate instanceof vscode.Uri) || candidate.scheme !== proposalScheme) return null;
  const query = new URLSearchParams(candidate.query);
  const itemId = query.get("item");
  const path = query.get("path");
  return itemId === null || path === null ? null : { itemId, path };
}

/** The proposal in the active editor, for keys and the palette. */
export function activeTarget(): ProposalTarget | null {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputTextDiff) return targetOf(input.modified);
  return targetOf(vscode.window.activeTextEditor?.document.uri);
}

function openDocument(path: string): vscode.TextDocument | undefined {
  const target = vscode.Uri.file(path);
  return vscode.workspace.textDocuments.find(
    ({ uri: { scheme, fsPath } }) => scheme === "file" && fsPath === target.fsPath,
  );
}

/** Bytes of a file as the user has it: unsaved text first, then the disk; null when there is none. */
export async function currentBytes(path: string): Promise<Uint8Array | null> {
  const open = openDocument(path);
  if (open?.isDirty === true) {
    const mark = open.encoding === "utf8bom" ? byteOrderMark : "";
    return new TextEncoder().encode(mark + open.getText());
  }
  return vscode.workspace.fs.readFile(vscode.Uri.file(path)).then(
    (bytes) => bytes,
    () => null,
  );
}

/** Both sides have the file's path, so that the language is right and nothing looks renamed. */
function urisOf({ itemId }: Proposal, file: ProposedFile): { left: vscode.Uri; right: vscode.Uri } {
  const query = new URLSearchParams({ item: itemId, path: file.path }).toString();
  return {
    left: vscode.Uri.file(file.path).with({ scheme: baseScheme, query }),
    right: vscode.Uri.file(file.movePath ?? file.path).with({ scheme: proposalScheme, query }),
  };
}

function titleOf({ files }: Proposal, file: ProposedFile): string {
  const place = files.length === 1 ? "" : ` ${files.indexOf(file) + 1} of ${files.length}`;
  const what = { add: "new file", delete: "delete", update: "proposed change", move: "move" }[file.kind];
  return `${basename(file.movePath ?? file.path)} (${what}${place}${file.fits ? "" : ", patch does not fit the file"})`;
}
