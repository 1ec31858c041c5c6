import { cp, mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import type { Store } from "./ports.ts";

const mostRemembered = 20;

/** Folders that "Try the Demo" made; in them the demo model answers whatever else is set up. */
export class DemoFolders {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  has(path: string): boolean {
    return this.#all().includes(path);
  }

  remember(path: string): void {
    this.#write([...this.#all(), path].slice(-mostRemembered));
  }

  forget(path: string): void {
    this.#write(this.#all().filter((other) => other !== path));
  }

  #all(): string[] {
    const stored = this.#store.get("demoFolders");
    return typeof stored === "string" ? stored.split("\n") : [];
  }

  #write(paths: readonly string[]): void {
    this.#store.set("demoFolders", paths.join("\n"));
  }
}

/** Copies the sample project to a place of the user's choice and opens it in this window. */
export async function openDemo(extensionUri: vscode.Uri, demos: DemoFolders): Promise<void> {
  const temporary = "Use a temporary folder";
  const choose = "Choose a folder...";
  const choice = await vscode.window.showQuickPick(
    [
      { label: temporary, detail: "A small TypeScript project with one failing test opens in this window." },
      { label: choose, detail: "The project is put into a new folder inside the one you choose." },
    ],
    { title: "Turnwright: Try the Demo", placeHolder: "Where should the sample project go?" },
  );
  if (choice === undefined) return;
  const parent = choice.label === temporary ? tmpdir() : await chosenFolder();
  if (parent === null) return;
  const home = await mkdtemp(join(parent, "turnwright-demo-"));
  const target = join(home, "sample-workspace");
  await mkdir(target);
  await cp(vscode.Uri.joinPath(extensionUri, "media", "sample-workspace").fsPath, target, { recursive: true });
  demos.remember(target);
  await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(target), { forceReuseWindow: true });
}

async function chosenFolder(): Promise<string | null> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: "Put the sample here",
  });
  return chosen?.[0]?.fsPath ?? null;
}
