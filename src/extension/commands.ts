import * as vscode from "vscode";
import type { Session } from "./session.ts";
import type { FileApprovals, FileDecision } from "./approvals/files.ts";
import type { CommandName } from "./command-names.ts";
import { openDemo } from "./demo-workspace.ts";
import type { DemoFolders } from "./demo-workspace.ts";
import { activeTarget, targetOf } from "./diff-tabs.ts";
import { nameOf } from "./links.ts";
import type { LocalModels } from "./local-models.ts";
import { askSummaryWishes, pickFiles, pickLocalModel } from "./pickers.ts";
import type { Server } from "./ports.ts";
import { explainPrompt, filesPrompt, problemsPrompt, selectionPrompt } from "./prompts.ts";
import type { Problem } from "./prompts.ts";
import type { SignIn } from "./sign-in.ts";

export interface CommandPorts {
  readonly extensionUri: vscode.Uri;
  readonly session: Session;
  readonly files: FileApprovals;
  readonly demos: DemoFolders;
  readonly signIn: SignIn;
  readonly localModels: LocalModels;
  readonly server: Server;
  /** Paths of the workspace's folders. */
  folders(): readonly string[];
  /** Puts text into the composer, now or when the panel has loaded. */
  prefill(text: string): void;
  /** Shows the panel with the cursor in the composer. */
  focus(): Promise<void>;
  restartServer(): Promise<void>;
  showLog(): void;
}

export type Commands = Readonly<Record<CommandName, (...args: readonly unknown[]) => Promise<void>>>;

export function createCommands(ports: CommandPorts): Commands {
  const { session, files } = ports;

  const fileName = (uri: vscode.Uri): string => nameOf(uri.fsPath, ports.folders());

  const submit = async (prompt: string): Promise<void> => {
    await ports.focus();
    await session.submit(prompt);
  };

  const answer = async (argument: unknown, decision: FileDecision): Promise<void> => {
    const target = targetOf(argument) ?? activeTarget();
    if (target === null) throw new Error("Open the diff of a proposed change first.");
    files.answerFile(target.itemId, target.path, decision);
  };

  return {
    focus: () => ports.focus(),

    newThread: async () => {
      await session.stop();
      session.newThread();
      await ports.focus();
    },

    askAboutSelection: async () => {
      const { document, selection } = activeFile("Open a file and select what you want to ask about.");
      const isEmpty = selection.isEmpty;
      const range = isEmpty ? document.lineAt(selection.active.line).range : selection;
      // A selection that ends before the first character of a line does not include that line.
      const lastLine =
        range.end.character === 0 && range.end.line > range.start.line ? range.end.line - 1 : range.end.line;
      await ports.focus();
      ports.prefill(
        selectionPrompt({
          path: fileName(document.uri),
          languageId: document.languageId,
          firstLine: range.start.line + 1,
          lastLine: lastLine + 1,
          text: document.getText(range),
        }),
      );
    },

    addFiles: async () => {
      const names = await pickFiles(ports.folders());
      await ports.focus();
      if (names.length > 0) ports.prefill(filesPrompt(names));
    },

    explainFile: async (argument) => {
      const uri =
        argument instanceof vscode.Uri ? argument : activeFile("Open the file that you want explained.").document.uri;
      await submit(explainPrompt(fileName(uri)));
    },

    fixProblems: async () => {
      const { document } = activeFile("Open the file whose problems you want fixed.");
      const path = fileName(document.uri);
      const prompt = problemsPrompt(path, vscode.languages.getDiagnostics(document.uri).flatMap(problemOf));
      if (prompt === null) {
        void vscode.window.showInformationMessage(`The editor reports no problems in ${path}.`);
        return;
      }
      if (document.isDirty && !(await hasSaved(document, path))) return;
      await submit(prompt);
    },

    compact: async () => {
      const wishes = (await session.takesSummaryWishes()) ? await askSummaryWishes() : "";
      if (wishes === null) return;
      await ports.focus();
      await session.compact(wishes === "" ? null : wishes);
    },

    stop: () => session.stop(),
    tryDemo: () => openDemo(ports.extensionUri, ports.demos),
    useLocalModel: async () => {
      const choice = await pickLocalModel(await ports.localModels.look(await ports.server.connect()));
      if (choice === null) return;
      await ports.localModels.use(choice);
      await ports.focus();
    },
    signIn: () => ports.signIn.signIn(),
    signOut: () => ports.signIn.signOut(),
    openSettings: async () => {
      await vscode.commands.executeCommand("workbench.action.openSettings", "@ext:turnwright.turnwright");
    },
    showLog: async () => ports.showLog(),
    restartServer: () => ports.restartServer(),
    acceptProposal: (argument) => answer(argument, "accept"),
    rejectProposal: (argument) => answer(argument, "decline"),
  };
}

function activeFile(hint: string): vscode.TextEditor {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.uri.scheme !== "file") throw new Error(hint);
  return editor;
}

/** The agent reads the disk, so the problems of unsaved text would not be there for it. */
async function hasSaved(document: vscode.TextDocument, path: string): Promise<boolean> {
  const save = "Save and go on";
  const choice = await vscode.window.showInformationMessage(
    `${path} has unsaved changes. The agent reads the saved file.`,
    save,
  );
  return choice === save && document.save();
}

function problemOf({ severity, range, message, source, code }: vscode.Diagnostic): Problem[] {
  if (severity !== vscode.DiagnosticSeverity.Error && severity !== vscode.DiagnosticSeverity.Warning) return [];
  const rule = typeof code === "object" ? code.value : code;
  const origin = [source, rule].filter((word) => word !== undefined && word !== "").join(" ");
  return [
    {
      line: range.start.line + 1,
      severity: severity === vscode.DiagnosticSeverity.Error ? "error" : "warning",
      message,
      source: origin === "" ? null : origin,
    },
  ];
}
