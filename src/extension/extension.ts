import * as vscode from "vscode";
import type { App } from "./app.ts";
import { ChatView } from "./chat-view.ts";
import { commandNames } from "./command-names.ts";
import { appliedTitle, overviewTitle, ProposalFiles, proposalSchemes } from "./proposal-files.ts";

/** Applications that were started and have to be ended; VS Code waits for {@link deactivate}, not for subscriptions. */
const started = new Set<Promise<App>>();

/**
 * Registers what VS Code has to know and returns. Everything else (protocol, dialogs, the server) is loaded with the first view or
 * command.
 */
export function activate(context: vscode.ExtensionContext): void {
  const proposals = new ProposalFiles();
  const view = new ChatView(context.extensionUri, () => {
    start().catch((error: unknown) => vscode.window.showErrorMessage(`Turnwright could not start: ${String(error)}`));
  });
  let app: Promise<App> | null = null;
  const start = (): Promise<App> => {
    if (app !== null) return app;
    app = import("./app.ts").then(({ createApp }) => createApp(context, view, proposals));
    started.add(app);
    return app;
  };
  context.subscriptions.push(
    vscode.window.registerWebviewViewProvider(ChatView.id, view),
    ...proposalSchemes.map((scheme) =>
      vscode.workspace.registerFileSystemProvider(scheme, proposals, { isCaseSensitive: true, isReadonly: true }),
    ),
    ...commandNames.map((name) =>
      vscode.commands.registerCommand(`turnwright.${name}`, async (...args: unknown[]) =>
        (await start()).run(name, args),
      ),
    ),
  );
  void closeLeftovers();
}

export async function deactivate(): Promise<void> {
  // One that could not be made has nothing to end.
  for (const app of started)
    await app.then(
      (made) => made.dispose(),
      () => undefined,
    );
}

/** Diffs of a window that was reloaded come back as tabs, but nobody waits for their answers any more. */
async function closeLeftovers(): Promise<void> {
  const schemes = new Set<string>(proposalSchemes);
  const tabs = vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter(({ input, label }) => {
      if (input instanceof vscode.TabInputTextDiff) return schemes.has(input.original.scheme);
      if (input instanceof vscode.TabInputText) return schemes.has(input.uri.scheme);
      return label.startsWith(overviewTitle) || label.startsWith(appliedTitle);
    });
  if (tabs.length > 0) await vscode.window.tabGroups.close(tabs, true);
}
