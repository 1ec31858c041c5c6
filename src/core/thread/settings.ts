import type { AskForApproval, ReviewEdits, SandboxMode, SandboxPolicy } from "../../protocol/settings.ts";
import type { ModelPrices, ModelProviderSettings, WebSearchSettings } from "../config/schema.ts";
import type { StandingSettings } from "./rollout/lines.ts";
import { ThreadRequestError, type ThreadOverrides, type TurnOverrides } from "./threads.ts";

/** What configuration says about a new thread in a folder. */
export interface ThreadDefaults {
  /** Null where only the user can know it, such as with a server of their own. */
  readonly model: string | null;
  readonly modelProvider: string;
  readonly approvalPolicy: AskForApproval;
  readonly sandboxMode: SandboxMode;
  readonly workspaceWrite: Omit<Extract<SandboxPolicy, { type: "workspaceWrite" }>, "type">;
  readonly effort: string | null;
  readonly summary: string | null;
  readonly developerInstructions: string | null;
  /** Text of `model_instructions_file`, in place of the built-in instructions; null: none is configured. */
  readonly fileInstructions: string | null;
  /** `model_providers` and what else says where models are. */
  readonly modelSettings: {
    readonly providers: Readonly<Record<string, ModelProviderSettings>>;
    readonly contextWindow: number | null;
    /** `model_auto_compact_token_limit`. */
    readonly compactionLimit: number | null;
    readonly prices: ModelPrices;
    /** `tools.web_search`; null: off. */
    readonly webSearch: WebSearchSettings | null;
  };
  /** Set in the environment of every command. */
  readonly commandVariables: Readonly<Record<string, string>>;
  /** How long a thread stays loaded that nobody follows and in which nothing happens. */
  readonly unloadDelayMs: number;
  readonly projectDocMaxBytes: number;
  readonly projectDocFallbackNames: readonly string[];
  readonly projectRootMarkers: readonly string[];
  /** Sentences for the user about what the project configures without effect. */
  readonly warnings: readonly string[];
}

export type ThreadSettings = StandingSettings;

/** @throws ThreadRequestError when neither the client nor the configuration names a model */
export function settingsOfNewThread(defaults: ThreadDefaults, cwd: string, overrides: ThreadOverrides): ThreadSettings {
  const model = overrides.model ?? defaults.model;
  if (model === null || model === "") {
    const provider = overrides.modelProvider ?? defaults.modelProvider;
    throw new ThreadRequestError(
      "badInput",
      `No model is set for the provider ${provider}. Choose one, or set "model" in config.toml.`,
    );
  }
  return withThreadOverrides(
    {
      cwd,
      model,
      modelProvider: defaults.modelProvider,
      approvalPolicy: defaults.approvalPolicy,
      sandbox: policyOf(defaults.sandboxMode, defaults),
      effort: defaults.effort,
      summary: defaults.summary,
      reviewEdits: "after",
      isPlanMode: false,
      developerInstructions: defaults.developerInstructions,
    },
    overrides,
    defaults,
  );
}

/** What a client says at thread/start or thread/resume. */
export const withThreadOverrides = (
  settings: ThreadSettings,
  overrides: ThreadOverrides,
  defaults: Pick<ThreadDefaults, "workspaceWrite">,
): ThreadSettings => ({
  ...settings,
  cwd: overrides.cwd ?? settings.cwd,
  model: overrides.model ?? settings.model,
  modelProvider: overrides.modelProvider ?? settings.modelProvider,
  approvalPolicy: overrides.approvalPolicy ?? settings.approvalPolicy,
  sandbox: overrides.sandbox === undefined ? settings.sandbox : policyOf(overrides.sandbox, defaults),
  reviewEdits: overrides.reviewEdits ?? settings.reviewEdits,
  developerInstructions: overrides.developerInstructions ?? settings.developerInstructions,
});

/** What a client says at turn/start; it holds for this and later turns. */
export const withTurnOverrides = (settings: ThreadSettings, overrides: TurnOverrides): ThreadSettings => ({
  ...settings,
  cwd: overrides.cwd ?? settings.cwd,
  approvalPolicy: overrides.approvalPolicy ?? settings.approvalPolicy,
  sandbox: overrides.sandboxPolicy ?? settings.sandbox,
  model: overrides.model ?? settings.model,
  effort: overrides.effort ?? settings.effort,
  summary: overrides.summary ?? settings.summary,
  reviewEdits: overrides.reviewEdits ?? settings.reviewEdits,
  isPlanMode:
    overrides.collaborationMode === undefined ? settings.isPlanMode : overrides.collaborationMode.mode === "plan",
});

/** The short form of a sandbox in full. */
export function policyOf(mode: SandboxMode, { workspaceWrite }: Pick<ThreadDefaults, "workspaceWrite">): SandboxPolicy {
  switch (mode) {
    case "read-only":
      return { type: "readOnly", networkAccess: false };
    case "workspace-write":
      return { type: "workspaceWrite", ...workspaceWrite };
    case "danger-full-access":
      return { type: "dangerFullAccess" };
    default:
      return mode satisfies never;
  }
}

/** Absolute folders in which commands and patches may write, the cwd first; none in a read-only sandbox. */
export function writableRoots({ cwd, sandbox }: Pick<ThreadSettings, "cwd" | "sandbox">): readonly string[] {
  switch (sandbox.type) {
    case "readOnly":
      return [];
    case "workspaceWrite":
      return [cwd, ...sandbox.writableRoots.filter((root: string): boolean => root !== cwd)];
    case "dangerFullAccess":
    case "externalSandbox":
      return ["/"];
    default:
      return sandbox satisfies never;
  }
}

/** Which review is in force: where nobody may be asked, nothing can wait for an answer. */
export const effectiveReview = ({ reviewEdits, approvalPolicy }: ThreadSettings): ReviewEdits =>
  mayAsk(approvalPolicy) ? reviewEdits : "after";

/** Whether a policy lets the user be asked about a command or a patch. */
export const mayAsk = (policy: AskForApproval): boolean =>
  typeof policy === "string" ? policy !== "never" : policy.granular.sandbox_approval;

/** What is in force: plan mode reads only, whatever sandbox the thread has otherwise. */
export const effective = (settings: ThreadSettings): ThreadSettings => ({
  ...settings,
  sandbox: settings.isPlanMode ? { type: "readOnly", networkAccess: false } : settings.sandbox,
  reviewEdits: effectiveReview(settings),
});
