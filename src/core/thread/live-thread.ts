import type { QueuedSubmission } from "../../protocol/queue.ts";
import type { ThreadTokenUsage, UserInput } from "../../protocol/settings.ts";
import type { GitInfo, Thread, ThreadStatus } from "../../protocol/threads.ts";
import type { Turn } from "../../protocol/turns.ts";
import type { MessageItem, ModelClient, ModelInfo, ResponseItem } from "../model/types.ts";
import type { HostedToolSpec } from "../model/hosted-tools.ts";
import type { ModelPrice } from "../model/usage.ts";
import type { FolderDocsReader } from "./entered-folders.ts";
import type { UserInstructions } from "../prompt/user-instructions.ts";
import type { CommandBoard } from "../tools/command-board.ts";
import type { GateDeps } from "../tools/gate.ts";
import type { UserCommand } from "../tools/user-command.ts";
import type { Clock } from "./clock.ts";
import type { TurnQueue } from "./queue.ts";
import type { Epoch, RecordedSettings, SessionMeta } from "./rollout/lines.ts";
import type { RolloutMark } from "./rollout/writer.ts";
import type { ThreadSettings } from "./settings.ts";
import type { WorkingState } from "./working-state.ts";
import type { LoadedThread, ModelChange, ThreadOverrides, TurnOverrides } from "./threads.ts";

/** What a thread needs of the process around it. */
export interface ThreadDeps {
  readonly clock: Clock;
  readonly version: string;
  readonly userAgent: string;
  /** Name of the user's shell, for the prompt. */
  readonly shell: string;
  newId(): string;
  readonly models: ModelPort;
  readonly gate: GateDeps;
  readonly board: CommandBoard;
  readDocs(cwd: string): Promise<UserInstructions>;
  /** The text of `model_instructions_file` as it is now; null: none is configured. Rejects when it cannot be read. */
  readInstructions(cwd: string): Promise<string | null>;
  /** The skills that a message calls. Rejects with UnknownSkillError. */
  readSkills(input: readonly UserInput[], cwd: string): Promise<readonly MessageItem[]>;
  /** Skills of the prompt, as they are on the disk now or, where they are gone, as they were given. */
  renewSkills(
    given: readonly MessageItem[],
    instructions: Pick<UserInstructions, "skills">,
    cwd: string,
  ): Promise<readonly MessageItem[]>;
  /** Instructions of folders inside the project that the agent comes to later. */
  readonly readFolderDocs: FolderDocsReader;
}

export interface ModelPort {
  /** @throws ThreadRequestError for a provider that is not configured */
  client(provider: string): ModelClient;
  info(model: string): ModelInfo;
  streamMaxRetries(provider: string): number;
  /** Tools that the provider runs itself, as far as they are turned on. */
  hostedTools(provider: string): readonly HostedToolSpec[];
  /** What tokens of the model cost; null: nobody said. */
  price(model: string): ModelPrice | null;
  /** `model_auto_compact_token_limit`; null: by the model's window. */
  readonly compactionLimit: number | null;
  /** False for programs without a user who could wait or stop. */
  readonly hasUser: boolean;
}

/** The state a thread starts from: fresh, or as its rollout tells. */
export interface ThreadSeed {
  readonly meta: SessionMeta;
  readonly settings: ThreadSettings;
  /** Text of `model_instructions_file`; null: there is none. */
  readonly fileInstructions: string | null;
  readonly docs: UserInstructions;
  readonly epoch: Epoch | null;
  /** What the last turn was told under; null before the first one. */
  readonly told: RecordedSettings | null;
  /** Its file has a first line already. */
  readonly isRecorded: boolean;
  readonly preview: string;
  readonly name: string | null;
  readonly git: GitInfo | null;
  readonly usage: ThreadTokenUsage | null;
  readonly updatedAtMs: number;
  /** Path of the rollout; null for an ephemeral thread. */
  readonly path: string | null;
  /** The client wants to hear what goes to the model and comes from it. */
  readonly hasRawEvents: boolean;
  readonly queue: readonly QueuedSubmission[];
  /** How the last turn ended; null: there was none. */
  readonly lastTurn: Turn["status"] | null;
  /** Ids of all items so far. */
  readonly itemIds: ReadonlySet<string>;
  /** Kept up to date by the journal. */
  readonly working: WorkingState;
  /** What was last told of the thread's status. */
  status(): ThreadStatus;
}

export interface LiveThread {
  readonly id: string;
  /** Something could not be recorded: what is in memory is not what is on the disk. Load the thread again. */
  readonly isBroken: boolean;
  /** As the user set them. */
  readonly settings: ThreadSettings;
  /** Without turns; the caller reads them from the rollout. */
  describe(turns: readonly Turn[]): LoadedThread;
  toThread(turns: readonly Turn[]): Thread;
  override(change: (settings: ThreadSettings) => ThreadSettings, overrides: ThreadOverrides): Promise<void>;
  startTurn(input: readonly UserInput[], overrides: TurnOverrides, clientId: string | null): Promise<Turn>;
  steer(expectedTurnId: string, input: readonly UserInput[], clientId: string | null): Promise<string>;
  /** Appends items to the model's history, in a running turn at its next safe point; recorded when it resolves. */
  inject(items: readonly ResponseItem[]): Promise<void>;
  /** No turn begins any more. False: one is running, and nothing has changed. */
  retire(): Promise<boolean>;
  interrupt(turnId: string): void;
  /** Runs a command of the user: as a turn of its own, or beside the turn that runs. Resolves when it is on its way. */
  runShell(command: UserCommand): Promise<void>;
  /** As {@link Threads.compact}. */
  compact(wishes: string | null): Promise<void>;
  /** Changes what later turns run under, and permissions at once. Rejects with ThreadRequestError `notRecorded`. */
  updateSettings(overrides: TurnOverrides): Promise<void>;
  /** Changes how the model is asked in the running turn. False: that turn does not run. @throws ThreadRequestError `badInput` */
  updateTurn(turnId: string, change: ModelChange): boolean;
  readonly queue: Pick<TurnQueue, "list" | "change" | "start" | "advance">;
  /** On the disk when it resolves, if the thread is. Rejects with ThreadRequestError `notRecorded`. */
  setName(name: string): Promise<void>;
  /** Likewise. */
  setGit(git: GitInfo): Promise<void>;
  /** Nothing runs in it, nothing is being prepared, and no message waits. */
  readonly isIdle: boolean;
  /** Interrupts what runs and waits for its end. */
  close(): Promise<void>;
  /** As the journal's. */
  mark(): RolloutMark | null;
}
