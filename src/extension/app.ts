import * as vscode from "vscode";
import type { HostState } from "../protocol/host.ts";
import type { InitializeResponse } from "../protocol/initialize.ts";
import { systemConfigPath } from "../protocol/config-places.ts";
import { postMessageTransport } from "../rpc/post-message.ts";
import { createChangeLog } from "./approvals/change-log.ts";
import { createCommandApprovals } from "./approvals/commands.ts";
import { createFileApprovals } from "./approvals/files.ts";
import { createModalQueue, systemClock } from "./approvals/modal-queue.ts";
import type { ChatPort, ChatView } from "./chat-view.ts";
import type { CommandName } from "./command-names.ts";
import { createCommands } from "./commands.ts";
import { DemoFolders } from "./demo-workspace.ts";
import { confirmApplyAll, confirmFullAccess, showCommandDialog } from "./dialogs.ts";
import { currentBytes, DiffTabs } from "./diff-tabs.ts";
import { decodeUtf8 } from "./edit-plan.ts";
import { editorState } from "./editor-state.ts";
import { applyEdit } from "./editor-writer.ts";
import { hostHandlers } from "./host-methods.ts";
import { hostState } from "./host-state.ts";
import { launchServer } from "./launch.ts";
import { createLocalModels } from "./local-models.ts";
import type { LocalChoice } from "./local-models.ts";
import type { ProposalFiles } from "./proposal-files.ts";
import { createOAuthSignIn } from "./oauth-sign-in.ts";
import { oauthWindow } from "./oauth-window.ts";
import { createRouter } from "./router.ts";
import { serverCommand } from "./server-command.ts";
import { machineFacts } from "./server-facts.ts";
import type { ServerCommand } from "./server-process.ts";
import { superviseServer } from "./server.ts";
import type { Supervisor } from "./server.ts";
import { createSession } from "./session.ts";
import { withProxy } from "./proxy.ts";
import { readProxySettings, readSettings, rememberModel } from "./settings.ts";
import { SignIn } from "./sign-in.ts";
import type { ViewConnection } from "./view-connection.ts";
import { offerPanel, offerRestart, storeOf, versionOf, watchTyping, workplaceOf } from "./window.ts";

export interface App {
  run(name: CommandName, args: readonly unknown[]): Promise<void>;
  dispose(): Promise<void>;
}

/** Puts the parts together, by hand and in one place. Called once per window, at the first use of anything. */
export function createApp(context: vscode.ExtensionContext, view: ChatView, proposals: ProposalFiles): App {
  const subscriptions: { dispose(): unknown }[] = [];
  const log = vscode.window.createOutputChannel("Turnwright Server", { log: true });
  subscriptions.push(log);
  const tell = (message: string): void => void vscode.window.showInformationMessage(`Turnwright: ${message}`);

  const modals = createModalQueue(systemClock);
  subscriptions.push(...watchTyping(modals));
  const demos = new DemoFolders(storeOf(context.globalState));
  const workplace = workplaceOf(context);
  const changes = createChangeLog();
  let isDemoChosen = false;
  let isDemoLastResort = false;
  let initialized: InitializeResponse | null = null;
  let state: HostState | null = null;
  let isStateDue = false;
  /** Computes the state again in the next tick, so that a burst of changes is one message. */
  const changed = (): void => {
    state = null;
    if (isStateDue) return;
    isStateDue = true;
    setImmediate(() => {
      isStateDue = false;
      publish();
    });
  };

  const commands = createCommandApprovals({
    modals,
    showDialog: showCommandDialog,
    preferredSurface: () => readSettings().approvals,
    isPanelVisible: () => view.isVisible && page !== null,
    tell,
    changed,
  });
  const diffs = new DiffTabs(proposals, tell);
  const files = createFileApprovals({
    modals,
    changesOf: (itemId) => changes.changesOf(itemId),
    readText: async (path) => {
      const bytes = await currentBytes(path);
      return bytes === null ? null : decodeUtf8(bytes);
    },
    answersPerFile: () => server.current()?.isTurnwright ?? true,
    mount: (proposal) => diffs.mount(proposal),
    openDiff: async (proposal, file) => {
      await diffs.open(proposal, file);
      if (!view.isVisible) void offerPanel(view, proposal.files.length);
    },
    openOverview: (proposal) => diffs.openOverview(proposal),
    unmount: (proposal, file) => diffs.close(proposal, file),
    confirmAll: confirmApplyAll,
    tell,
    changed,
  });

  const oauth = createOAuthSignIn(oauthWindow);
  const signIn = new SignIn({
    secrets: context.secrets,
    oauth,
    connect: () => server.connect(),
    usesOtherServer: () => readSettings().server !== null,
    otherProvider: () => {
      const { modelProvider } = readSettings();
      return modelProvider === "" || modelProvider === "openai" ? null : modelProvider;
    },
    forgetOtherProvider: () => useModel(null),
    changed: async (what) => {
      const folder = workplace.folders()[0];
      if (what === "signedIn" && folder !== undefined) demos.forget(folder.path);
      await session.stop();
      session.newThread();
      await server.restart();
    },
  });

  /** New threads run with this model, or without a choice with what follows from key and configuration. */
  const useModel = async (choice: LocalChoice | null): Promise<void> => {
    const folder = workplace.folders()[0];
    if (folder !== undefined) demos.forget(folder.path);
    await session.stop();
    session.forgetModel();
    session.newThread();
    const isKnown = readSettings().modelProvider === (choice?.provider ?? "");
    await rememberModel(choice);
    if (isKnown) await server.restart(); // else the change of the setting does
  };
  const localModels = createLocalModels({ choose: useModel, changed });

  const commandFor = async (): Promise<ServerCommand> => {
    const settings = readSettings();
    const folder = workplace.folders()[0];
    const machine = await machineFacts(process.env, systemConfigPath(process.platform));
    const { command, isDemo, isLastResort } = serverCommand({
      cliPath: vscode.Uri.joinPath(context.extensionUri, "dist", "cli.js").fsPath,
      runtimePath: process.execPath,
      env: withProxy(process.env, readProxySettings()),
      otherServer: settings.server,
      trustedFolders: workplace.isTrusted() ? workplace.folders().map(({ path }) => path) : [],
      provider: {
        setting: settings.modelProvider,
        isDemoFolder: folder !== undefined && demos.has(folder.path),
        hasKey: machine.hasKey || (await signIn.hasKey()),
        configTexts: machine.configTexts,
      },
    });
    isDemoChosen = isDemo;
    isDemoLastResort = isLastResort;
    return command;
  };

  const server: Supervisor = superviseServer({
    launch: async () => {
      // Loaded while the server starts: it is not needed to show the panel.
      const [command, { createMessageConnection }] = await Promise.all([
        commandFor(),
        import("vscode-languageclient/node"),
      ]);
      const running = await launchServer({
        command,
        openConnection: createMessageConnection,
        version: versionOf(context),
        onServerRequest: {
          "item/commandExecution/requestApproval": (params, signal) => commands.ask(params, signal),
          "item/fileChange/requestApproval": (params, signal) => files.ask(params, signal),
          "editor/applyEdit": (params) => applyEdit(params),
        },
        onNotification: (notification) => {
          const { method, params } = notification;
          if (method === "item/started" || method === "item/completed") changes.remember([params.item]);
          session.observe(notification);
          oauth.observe(notification);
          if (method === "turn/completed") {
            commands.turnEnded(params.turn.id);
            files.turnEnded(params.turn.id);
          }
          router.fanOut(notification);
        },
        log: (line) => log.info(line),
      });
      initialized = running.initialized;
      await signIn
        .provide(running.connection)
        .catch((error: unknown) => log.error(`sign-in failed: ${messageOf(error)}`));
      if (isDemoLastResort) void localModels.lookOnce(running.connection); // nobody waits for it
      return running;
    },
    now: Date.now,
    later: (ms, callback) => {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
    statusChanged: ({ status, message }) => {
      if (message !== null) log.warn(`${status}: ${message}`);
      if (status === "stopped" && message !== null) void offerRestart(message);
      const connection = status === "ready" ? server.current() : null;
      if (connection !== null) void session.learn(connection); // does not reject
      changed();
    },
    lost: () => {
      session.disconnected();
      oauth.lost();
    },
    recovered: (connection) => {
      session
        .reconnected(connection)
        .catch((error: unknown) => log.error(`the thread did not come back: ${messageOf(error)}`));
    },
  });

  const session = createSession({
    server,
    store: storeOf(context.workspaceState),
    workplace,
    defaultMode: () => readSettings().defaultMode,
    editor: editorState,
    configuredModel: () => readSettings().model,
    confirmFullAccess: async () => {
      const answer = await modals.ask({
        show: confirmFullAccess,
        allows: (choice) => choice === "allow",
        isWithdrawn: () => false,
      });
      return answer === "allow";
    },
    changed,
  });

  const currentState = (): HostState =>
    (state ??= hostState({
      server: server.status(),
      isTurnwright: server.current()?.isTurnwright ?? readSettings().server === null,
      session: session.state(),
      isTrusted: vscode.workspace.isTrusted,
      workspaceName: workplace.folders()[0]?.name ?? null,
      isDemoChosen,
      localModels: isDemoLastResort ? localModels.state() : null,
      sendKey: readSettings().sendKey,
      approvals: [...commands.pending(), ...files.pending()],
    }));

  /** Text for the composer of a page that has not loaded yet. */
  let prefill: string | null = null;
  const router = createRouter({
    server,
    session,
    host: hostHandlers({
      session,
      server,
      localModels,
      commands,
      files,
      changes,
      proposals,
      modals,
      folders: () => workplace.folders().map(({ path }) => path),
      state: currentState,
      ready: () => {
        // Whoever opens the panel is about to use it. A failure is in the state.
        server.connect().catch(() => undefined);
        if (prefill === null) return;
        const text = prefill;
        prefill = null;
        setImmediate(() => router.announce("host/prefillComposer", { text })); // after the answer
      },
    }),
    initialized: () => initialized,
    shown: (turns) => turns.forEach((turn) => changes.remember(turn.items)),
    onFault: (fault) => log.warn(fault),
  });

  const publish = (): void => {
    const next = currentState();
    router.announce("host/state", next);
    view.setBadge(next.approvals.length);
  };

  let page: ViewConnection | null = null;
  view.serve(
    (port) => {
      page?.close();
      page = port === null ? null : router.attach(transportOf(port, log));
    },
    (isVisible) => {
      if (!isVisible) commands.panelHidden();
    },
  );

  const palette = createCommands({
    extensionUri: context.extensionUri,
    session,
    files,
    demos,
    signIn,
    localModels,
    server,
    folders: () => workplace.folders().map(({ path }) => path),
    prefill: (text) => {
      if (page === null) prefill = text;
      else router.announce("host/prefillComposer", { text });
    },
    focus: async () => {
      await view.focus();
      router.announce("host/focusComposer", {});
    },
    restartServer: () => server.restart(),
    showLog: () => log.show(true),
  });

  subscriptions.push(
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      changed();
      // The server hears of it when it is started.
      server.restart().catch((error: unknown) => log.error(messageOf(error)));
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(changed),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("turnwright")) changed();
      if (["server", "modelProvider"].some((name) => event.affectsConfiguration(`turnwright.${name}`))) {
        server.restart().catch((error: unknown) => log.error(messageOf(error)));
      }
    }),
  );

  return {
    run: async (name, args) => {
      try {
        await palette[name](...args);
      } catch (error) {
        void vscode.window.showErrorMessage(`Turnwright: ${messageOf(error)}`);
      }
    },
    dispose: async () => {
      page?.close();
      await server.dispose();
      for (const subscription of subscriptions) subscription.dispose();
    },
  };
}

const transportOf = (port: ChatPort, log: vscode.LogOutputChannel) =>
  postMessageTransport(port, { onSkipped: (reason) => log.warn(`panel: ${reason}`) });

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
