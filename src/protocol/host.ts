import * as z from "zod";
import { completionMethods, SkillMention } from "./completions.ts";
import { LocalModelServer } from "./local-models.ts";

/**
 * What the panel needs of the editor, beyond the app-server protocol. Panel and extension exchange these over the same JSON-RPC
 * channel as the protocol's own messages (`postMessage`, an array of messages per post), so ordering is one queue. The extension owns the
 * connection to the server, the current thread, the mode and the model; the panel shows them and asks for changes.
 */

/** Modes of design: what the agent may do and when it asks. */
export const Mode = z.enum(["plan", "ask", "agent", "full"]);
export type Mode = z.infer<typeof Mode>;

/** The commands that the panel offers: `openFolder` and `manageTrust` are the editor's own, the others are in the palette as `turnwright.<name>`. */
export const PanelCommand = z.enum([
  "signIn",
  "tryDemo",
  "useLocalModel",
  "openSettings",
  "showLog",
  "restartServer",
  "newThread",
  "askAboutSelection",
  "addFiles",
  "compact",
  "openFolder",
  "manageTrust",
]);
export type PanelCommand = z.infer<typeof PanelCommand>;

/** One file of a proposed change that waits for the user's answer. */
export const PendingFile = z.object({
  path: z.string(),
  kind: z.enum(["add", "delete", "update", "move"]),
  added: z.number(),
  removed: z.number(),
  decision: z.enum(["pending", "accept", "decline"]),
});
export type PendingFile = z.infer<typeof PendingFile>;

/** `acceptForGood`: with the words that the server proposed, and no others. */
const PanelDecision = z.enum(["accept", "acceptForSession", "acceptForGood", "decline", "cancel"]);

/** An approval that waits for the user, as the panel shows it. `surface`: where it can be answered. */
export const PendingApproval = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("command"),
    itemId: z.string(),
    threadId: z.string(),
    surface: z.enum(["dialog", "panel"]),
    script: z.string(),
    cwd: z.string(),
    reason: z.string().nullable(),
    dangerous: z.boolean(),
    /** Accepting runs it outside the sandbox. */
    unsandboxed: z.boolean(),
    /** False where the server does not offer to run the same command again without asking. */
    canAllowForSession: z.boolean(),
    /** With what words a command may begin to be allowed for good, as text; null where the server proposes none. */
    alwaysAllow: z.string().nullable(),
  }),
  z.object({
    kind: z.literal("files"),
    itemId: z.string(),
    threadId: z.string(),
    reason: z.string().nullable(),
    files: z.array(PendingFile),
  }),
]);
export type PendingApproval = z.infer<typeof PendingApproval>;

/** The model servers that run on this machine, as they were when somebody looked last. */
export const LocalModels = z.lazy(() => z.object({ isLooking: z.boolean(), servers: z.array(LocalModelServer) }));
export type LocalModels = z.infer<typeof LocalModels>;

/** Everything of the editor's side that the panel renders; sent whole on every change. */
export const HostState = z.object({
  /** `starting` at first use, `ready`, `restarting` after a crash, `stopped` when the extension gave up. */
  server: z.object({
    status: z.enum(["starting", "ready", "restarting", "stopped"]),
    /** Why it is not ready; while it is, something that happened, until the next message is sent. */
    message: z.string().nullable(),
    /** False when `turnwright.server.path` names another app server. */
    isTurnwright: z.boolean(),
  }),
  /** Null until the first message. The panel resumes it by `thread/resume`. */
  threadId: z.string().nullable(),
  mode: Mode,
  /** Modes the user may choose now: only `plan` in an untrusted workspace. */
  modes: z.array(Mode),
  isTrusted: z.boolean(),
  model: z.string().nullable(),
  modelProvider: z.string().nullable(),
  models: z.array(z.object({ id: z.string(), displayName: z.string() })),
  isDemo: z.boolean(),
  /** What could be used in place of the demo; null unless the demo answers because nothing else is set up. */
  localModels: LocalModels.nullable(),
  hasWorkspace: z.boolean(),
  workspaceName: z.string().nullable(),
  sendKey: z.enum(["enter", "ctrlEnter"]),
  approvals: z.array(PendingApproval),
});
export type HostState = z.infer<typeof HostState>;

const done = z.object({});

/** Requests the panel may send to the extension. */
export const hostMethods = {
  /** The panel has loaded; the answer is the state to start from, and notifications follow. */
  "host/ready": { params: z.object({}), result: HostState },
  /** Sends a message in the current thread (or a new one); while a turn runs it steers. */
  "host/submit": {
    params: z.lazy(() =>
      z.object({
        text: z.string(),
        /** Skills that the user chose by their path, beside those that the text calls by name. */
        skills: z.array(SkillMention).max(100).optional(),
      }),
    ),
    result: z.object({ threadId: z.string(), turnId: z.string() }),
  },
  ...completionMethods,
  "host/stop": { params: z.object({}), result: done },
  "host/setMode": { params: z.object({ mode: Mode }), result: done },
  "host/setModel": { params: z.object({ model: z.string() }), result: done },
  /** New threads use this model, here and in other windows; refused for one that is not in `localModels`. */
  "host/useLocalModel": { params: z.object({ provider: z.string(), model: z.string() }), result: done },
  /** Looks again for `localModels`. */
  "host/findLocalModels": { params: z.object({}), result: done },
  /** Answers a card; refused for a command that the server marked dangerous or that is shown as a dialog. */
  "host/answerCommand": {
    params: z.object({ itemId: z.string(), decision: PanelDecision }),
    result: done,
  },
  "host/answerFile": {
    params: z.object({ itemId: z.string(), path: z.string(), decision: z.enum(["accept", "decline"]) }),
    result: done,
  },
  /** Applies or rejects every file that is still pending; accepting asks once more by modal. */
  "host/answerAllFiles": {
    params: z.object({ itemId: z.string(), decision: z.enum(["accept", "decline"]) }),
    result: done,
  },
  /** Opens the diff of one pending or applied file in the native diff editor. */
  "host/openDiff": { params: z.object({ itemId: z.string(), path: z.string() }), result: done },
  /** Opens all files of a change as one overview (`vscode.changes`). */
  "host/openAllDiffs": { params: z.object({ itemId: z.string() }), result: done },
  "host/openFile": {
    params: z.object({ path: z.string(), line: z.number().int().positive().optional() }),
    result: done,
  },
  /** Opens an http(s) or mailto link through VS Code, which asks the user. */
  "host/openExternal": { params: z.object({ url: z.string() }), result: done },
  "host/insertAtCursor": { params: z.object({ text: z.string() }), result: done },
  "host/runCommand": { params: z.object({ command: PanelCommand }), result: done },
} as const;
export type HostMethods = typeof hostMethods;

/** What the extension tells the panel. */
export const hostNotifications = {
  "host/state": HostState,
  /** Puts text in the composer and focuses it; nothing is sent. */
  "host/prefillComposer": z.object({ text: z.string() }),
  "host/focusComposer": z.object({}),
} as const;
export type HostNotifications = typeof hostNotifications;

/** The protocol's methods that a panel may call through the extension. Nothing here starts work, writes, or widens permissions. */
export const viewAllowList = [
  "initialize",
  "thread/resume",
  "thread/read",
  "thread/turns/list",
  "turn/interrupt",
  "model/list",
] as const;
