import { createHash } from "node:crypto";
import type { EditorState } from "../../protocol/editor-state.ts";
import { changeMessages, contextMessages, type PromptContext } from "../prompt/context.ts";
import { dateFacts } from "../prompt/environment.ts";
import type { MessageItem } from "../model/types.ts";
import type { UserInstructions } from "../prompt/user-instructions.ts";
import type { Clock } from "./clock.ts";
import { createEnteredFolders, type FolderDocsReader } from "./entered-folders.ts";
import type { RecordedSettings, RolloutEntry } from "./rollout/lines.ts";
import { effective, type ThreadSettings, writableRoots } from "./settings.ts";

/** What a thread runs under, and what the model has been told of it. */
export interface Surroundings {
  /** As the user set them; what is in force is `effective(settings)`. */
  readonly settings: ThreadSettings;
  readonly docs: UserInstructions;
  /** Reads the user instructions of a folder if they are not those at hand. */
  visit(cwd: string): Promise<void>;
  /** Changes the settings without telling the model yet; the next {@link Surroundings.tell} does. */
  set(settings: ThreadSettings): void;
  /** What the user has before them; told likewise, if it is something else than before. Not kept for another session. */
  setEditor(editor: EditorState): void;
  /**
   * What has to be recorded for the model to know of the settings as they are now: all of it at first, later what changed. Nothing when the
   * model knows. Call `told` once it is recorded.
   */
  tell(turnId: string): { readonly entries: readonly RolloutEntry[]; readonly told: () => void };
  /** Hears of what is recorded: a folder that the agent comes to may have instructions of its own. */
  observe(entry: RolloutEntry): void;
  /** Whether {@link Surroundings.entered} may have something. */
  readonly hasEntered: boolean;
  /** Instructions of folders that the agent came to, for the model, and what went wrong with them. Call `told` once they are recorded. */
  entered(): Promise<{
    readonly messages: readonly MessageItem[];
    readonly warning: string | null;
    readonly told: () => void;
  }>;
  /** All of it as it is now, the user instructions read anew (or, where they are gone, as they were), for the beginning of a new prompt. */
  renew(turnId: string): Promise<{
    readonly entries: readonly RolloutEntry[];
    readonly messages: readonly MessageItem[];
    readonly told: () => void;
  }>;
}

export function createSurroundings(start: {
  readonly settings: ThreadSettings;
  readonly docs: UserInstructions;
  /** What the last turn was told under; null before the first one. */
  readonly told: RecordedSettings | null;
  readonly shell: string;
  readonly clock: Clock;
  readDocs(cwd: string): Promise<UserInstructions>;
  readonly readFolderDocs: FolderDocsReader;
}): Surroundings {
  let { settings, docs } = start;
  const folders = createEnteredFolders(() => docs, start.told?.instructionSources ?? [], start.readFolderDocs);
  let docsCwd = settings.cwd;
  let editor: EditorState | null = null;

  const contextOf = (under: ThreadSettings): PromptContext => {
    const current = effective(under);
    return {
      permissions: { ...current, writableRoots: writableRoots(current) },
      developerInstructions: current.developerInstructions,
      userInstructions: docs.text,
      environment: {
        cwd: current.cwd,
        shell: start.shell,
        ...dateFacts(start.clock.now()),
        workspaceRoots: [current.cwd],
        editor,
      },
    };
  };

  const turnContext = (turnId: string): RolloutEntry => ({
    type: "turn_context",
    payload: {
      turnId,
      ...settings,
      instructionSources: [...docs.sources, ...folders.sources],
      userInstructionsHash: hashOf(docs.text),
    },
  });

  /** Null before the first turn. User instructions that changed since the last session count as never told. */
  let known: PromptContext | null = null;
  if (start.told !== null) {
    // Settings may have changed since: they are told with the next turn.
    const context = contextOf(start.told);
    const isSame = hashOf(docs.text) === start.told.userInstructionsHash;
    known = isSame ? context : { ...context, userInstructions: null };
  }

  return {
    get settings() {
      return settings;
    },
    get docs() {
      return docs;
    },
    async visit(cwd) {
      if (cwd === docsCwd) return;
      docs = await start.readDocs(cwd);
      docsCwd = cwd;
    },
    set(next) {
      settings = next;
    },
    setEditor(next) {
      editor = next;
    },
    tell(turnId) {
      const context = contextOf(settings);
      const messages = known === null ? contextMessages(context) : changeMessages(known, context);
      return {
        entries: [
          turnContext(turnId),
          ...messages.map((item): RolloutEntry => ({ type: "response_item", payload: { item } })),
        ],
        told: () => {
          known = context;
        },
      };
    },
    observe: (entry) => folders.observe(entry),
    get hasEntered() {
      return folders.isPending;
    },
    async entered() {
      const { docs: found, warning, told } = await folders.read();
      return { messages: found.map(({ text }) => userText(text)), warning, told };
    },
    async renew(turnId) {
      const read = await start.readDocs(docsCwd);
      if (read.text !== null) docs = read;
      const nested = await folders.renew();
      const context = contextOf(settings);
      return {
        entries: [turnContext(turnId)],
        messages: [...contextMessages(context), ...nested.map(({ text }) => userText(text))],
        told: () => {
          known = context;
        },
      };
    },
  };
}

const userText = (text: string): MessageItem => ({
  type: "message",
  role: "user",
  content: [{ type: "input_text", text }],
});

/** Tells whether two texts are the same without keeping either. */
const hashOf = (text: string | null): string | null =>
  text === null ? null : createHash("sha256").update(text).digest("hex");
