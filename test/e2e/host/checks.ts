import assert from "node:assert/strict";
import * as vscode from "vscode";

/** One check inside the extension host. Its name is a sentence, its failure an exception. */
export interface Check {
  readonly name: string;
  readonly run: () => Promise<void>;
}

const id = "turnwright.turnwright";

function extension(): vscode.Extension<unknown> {
  const found = vscode.extensions.getExtension(id);
  assert.ok(found, `${id} is not installed`);
  return found;
}

/** The command ids that the manifest promises. */
function declaredCommands(): string[] {
  const manifest: unknown = extension().packageJSON;
  assert.ok(isRecord(manifest) && isRecord(manifest["contributes"]));
  const commands = manifest["contributes"]["commands"];
  assert.ok(Array.isArray(commands));
  return commands.map((command: unknown) => {
    assert.ok(isRecord(command) && typeof command["command"] === "string");
    return command["command"];
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** The tab that shows a diff whose right side has this scheme, once it is there. */
async function diffTab(label: string): Promise<vscode.Tab> {
  const find = (): vscode.Tab | undefined =>
    vscode.window.tabGroups.all
      .flatMap((group) => group.tabs)
      .find((tab) => tab.label === label && tab.input instanceof vscode.TabInputTextDiff);
  return (
    find() ??
    (await new Promise<vscode.Tab>((resolve) => {
      const listening = vscode.window.tabGroups.onDidChangeTabs(() => {
        const found = find();
        if (!found) return;
        listening.dispose();
        resolve(found);
      });
    }))
  );
}

export const checks: readonly Check[] = [
  {
    name: "the extension is installed and activates on demand",
    run: async () => {
      await extension().activate();
      assert.equal(extension().isActive, true);
    },
  },
  {
    name: "every command of the manifest is registered",
    run: async () => {
      await extension().activate();
      const registered = new Set(await vscode.commands.getCommands(true));
      assert.deepEqual(
        declaredCommands().filter((command) => !registered.has(command)),
        [],
      );
    },
  },
  {
    name: "the chat view takes the focus",
    run: async () => {
      await vscode.commands.executeCommand("turnwright.chat.focus");
    },
  },
  {
    name: "only stable API is asked for",
    run: async () => {
      const manifest: unknown = extension().packageJSON;
      assert.ok(isRecord(manifest));
      assert.equal(manifest["enabledApiProposals"], undefined);
    },
  },
  {
    name: "a diff of two workspace files opens as a diff tab",
    run: async () => {
      const folder = vscode.workspace.workspaceFolders?.[0];
      assert.ok(folder, "no workspace folder is open");
      const [left, right] = await vscode.workspace.findFiles("**/*.ts", "**/node_modules/**", 2);
      assert.ok(left && right, "the workspace has no two files");
      await vscode.commands.executeCommand("vscode.diff", left, right, "host check");
      await vscode.window.tabGroups.close(await diffTab("host check"));
    },
  },
];
