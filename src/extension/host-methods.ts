import * as vscode from "vscode";
import { invalidRequest } from "../protocol/errors.ts";
import type { HostMethods, HostState, PanelCommand } from "../protocol/host.ts";
import type { Handlers } from "../rpc/connection.ts";
import type { ChangeLog } from "./approvals/change-log.ts";
import type { CommandApprovals } from "./approvals/commands.ts";
import type { FileApprovals } from "./approvals/files.ts";
import type { ModalQueue } from "./approvals/modal-queue.ts";
import { appliedFile } from "./approvals/proposal.ts";
import type { ProposedFile } from "./approvals/proposal.ts";
import { completionHandlers } from "./completions.ts";
import { confirmOpenOutside } from "./dialogs.ts";
import { currentBytes, openApplied } from "./diff-tabs.ts";
import { decodeUtf8 } from "./edit-plan.ts";
import { externalAddress, placeOf } from "./links.ts";
import type { LocalModels } from "./local-models.ts";
import type { Server } from "./ports.ts";
import type { ProposalFiles } from "./proposal-files.ts";
import type { Session } from "./session.ts";

export interface HostPorts {
  readonly session: Session;
  readonly server: Server;
  readonly localModels: LocalModels;
  readonly commands: CommandApprovals;
  readonly files: FileApprovals;
  readonly changes: ChangeLog;
  readonly proposals: ProposalFiles;
  readonly modals: ModalQueue;
  /** Paths of the workspace's folders. */
  folders(): readonly string[];
  state(): HostState;
  /** A page has loaded and is about to get the state. */
  ready(): void;
}

/** Commands of the editor itself. */
const editorCommands: Readonly<Partial<Record<PanelCommand, string>>> = {
  openFolder: "vscode.openFolder",
  manageTrust: "workbench.trust.manage",
};

const mostInsertedCharacters = 1024 * 1024;

/** What the panel may ask of the editor. Params are validated before they come here; what they name is checked here. */
export function hostHandlers(ports: HostPorts): Handlers<HostMethods> {
  const { session, server, localModels, commands, files, changes, proposals, modals } = ports;

  const applied = async (itemId: string, path: string | null): Promise<ProposedFile[]> => {
    const known = changes.changesOf(itemId) ?? [];
    const wanted = known.filter(({ path: from, kind }) => {
      return path === null || from === path || (kind.type === "update" && kind.move_path === path);
    });
    if (wanted.length === 0) throw invalidRequest("The change is not known any more. Open the file instead.");
    return Promise.all(
      wanted.map(async (change) => {
        const moved = change.kind.type === "update" ? change.kind.move_path : null;
        const bytes = await currentBytes(moved ?? change.path);
        return appliedFile(change, bytes === null ? null : decodeUtf8(bytes));
      }),
    );
  };

  return {
    "host/ready": async () => {
      ports.ready();
      return ports.state();
    },
    "host/submit": async ({ text, skills }) => session.submit(text, skills),
    ...completionHandlers({ server, directory: () => session.directory(), folders: () => ports.folders() }),
    "host/stop": async () => {
      await session.stop();
      return {};
    },
    "host/setMode": async ({ mode }) => {
      await session.setMode(mode);
      return {};
    },
    "host/setModel": async ({ model }) => {
      session.setModel(model);
      return {};
    },
    "host/useLocalModel": async (choice) => {
      await localModels.use(choice);
      return {};
    },
    "host/findLocalModels": async () => {
      await localModels.look(await server.connect());
      return {};
    },
    "host/answerCommand": async ({ itemId, decision }) => {
      commands.answerFromPanel(itemId, decision);
      return {};
    },
    "host/answerFile": async ({ itemId, path, decision }) => {
      files.answerFile(itemId, path, decision);
      return {};
    },
    "host/answerAllFiles": async ({ itemId, decision }) => {
      await files.answerAll(itemId, decision);
      return {};
    },
    "host/openDiff": async ({ itemId, path }) => {
      if (!(await files.openDiff(itemId, path))) await openApplied(proposals, itemId, await applied(itemId, path));
      return {};
    },
    "host/openAllDiffs": async ({ itemId }) => {
      if (!(await files.openOverview(itemId))) await openApplied(proposals, itemId, await applied(itemId, null));
      return {};
    },
    "host/openFile": async ({ path, line }) => {
      const place = placeOf(path, ports.folders());
      if (place === null) throw invalidRequest("This is not the path of a local file.");
      const mayOpen =
        place.isInside ||
        (await modals.ask({
          show: () => confirmOpenOutside(place.path),
          allows: (choice) => choice === "open",
          isWithdrawn: () => false,
        })) === "open";
      if (!mayOpen) return {};
      const options: vscode.TextDocumentShowOptions =
        line === undefined ? {} : { selection: new vscode.Range(line - 1, 0, line - 1, 0) };
      await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(place.path), options);
      return {};
    },
    "host/openExternal": async ({ url }) => {
      const address = externalAddress(url);
      if (address === null) throw invalidRequest("Only web and mail addresses can be opened.");
      await vscode.env.openExternal(vscode.Uri.parse(address, true));
      return {};
    },
    "host/insertAtCursor": async ({ text }) => {
      if (text.length > mostInsertedCharacters) throw invalidRequest("This is too long to insert.");
      const editor = vscode.window.activeTextEditor;
      if (editor === undefined) throw invalidRequest("Open a file and put the cursor where the code should go.");
      const isDone = await editor.edit((edit) => edit.replace(editor.selection, text));
      if (!isDone) throw invalidRequest("The editor did not take the text; the file may be read-only.");
      return {};
    },
    "host/runCommand": async ({ command }) => {
      await vscode.commands.executeCommand(editorCommands[command] ?? `turnwright.${command}`);
      return {};
    },
  };
}
