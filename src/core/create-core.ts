import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { v7 as uuid } from "uuid";
import type { RateLimitSnapshot } from "../protocol/account.ts";
import type { Model, ModelProviderListResponse } from "../protocol/catalogue.ts";
import type { SandboxPolicy } from "../protocol/settings.ts";
import type { ApprovalPort } from "./approvals.ts";
import { type Auth, createAuth, openaiKeyName } from "./auth/auth.ts";
import { type EffectiveConfig, type LoadedConfig, loadConfig } from "./config/load.ts";
import { layersOverFile } from "./config/layers.ts";
import { type ConfigReadResult, metadata, readConfig } from "./config/read.ts";
import { Config, type WebSearchSettings } from "./config/schema.ts";
import { projectOf } from "./config/trust.ts";
import { type ConfigWriteRequest, type ConfigWriteResult, createConfigWriter } from "./config/write.ts";
import { commandEnvironment } from "./exec/environment.ts";
import { loadScriptParser } from "./exec/policy/grammar.ts";
import { createCommandPolicy } from "./exec/policy/policy.ts";
import { createRuleStore } from "./exec/policy/rules/store.ts";
import { createProcesses } from "./exec/process.ts";
import { createSandbox } from "./exec/sandbox/index.ts";
import { secretPaths } from "./exec/sandbox/secret-paths.ts";
import { commandShell, isPowerShell, shellArgv } from "./exec/shell.ts";
import { createTempDirs } from "./exec/temp-dirs.ts";
import { createUserEnvironment } from "./exec/user-environment.ts";
import { defaultModel, listModels } from "./model/catalogue.ts";
import { findLocalServers, type LocalServer } from "./model/local-servers.ts";
import {
  builtInProviders,
  defaultProvider,
  localProviders,
  type ModelProvider,
  resolveProvider,
} from "./model/provider.ts";
import { listProviders } from "./model/provider-list.ts";
import { createModels, type DemoServer } from "./models.ts";
import { createOAuthAccount, type OAuthAccount } from "./oauth-account.ts";
import { createTurnDiff, type TurnDiff } from "./patch/turn-diff.ts";
import { createApprovals } from "./thread/approvals.ts";
import { systemClock } from "./thread/clock.ts";
import { createThreads } from "./thread/create-threads.ts";
import type { ThreadEvent } from "./thread/events.ts";
import type { ThreadsOptions } from "./thread/loaded-threads.ts";
import { waitForLock } from "./thread/rollout/lock.ts";
import { createRolloutStore } from "./thread/rollout/store.ts";
import { policyOf, type ThreadDefaults } from "./thread/settings.ts";
import { ThreadRequestError, type Threads } from "./thread/threads.ts";
import { createCommandBoard } from "./tools/command-board.ts";
import type { CommandDeps } from "./tools/command-gate.ts";
import type { Library } from "./library.ts";
import { rememberedRules } from "./skill-settings.ts";
import type { Workspace } from "./workspace.ts";

export interface CoreOptions {
  /** The state directory, absolute. */
  readonly home: string;
  /** The machine's own config.toml, absolute; null: there is none. */
  readonly systemConfig: string | null;
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  /** `-c key=value`, over every other layer but a client's own. */
  readonly overrides: readonly string[];
  /** False for programs without a user who could wait or stop. */
  readonly hasUser: boolean;
  readonly demo: DemoServer;
}

/** The agent, composed. */
export interface Core {
  createThreads(outside: {
    readonly approvals: ApprovalPort;
    readonly onEvent: (event: ThreadEvent) => void;
    /** Somebody hears of the thread's events. */
    readonly isFollowed: (threadId: string) => boolean;
  }): Promise<Threads>;
  /** Made when it is first asked for. */
  workspace(): Promise<Workspace>;
  listModels(provider: string | null): Promise<readonly Model[]>;
  listProviders(): Promise<ModelProviderListResponse>;
  /** The configured provider searches the web by itself, and the configuration lets it. */
  canSearchWeb(): Promise<boolean>;
  /** The model servers that run on this machine; looks each time. */
  findLocalServers(): Promise<readonly LocalServer[]>;
  /** Skills and prompts. Made when it is first asked for. */
  skillLibrary(): Promise<Library>;
  /** @param options.cwd absolute: with what the project there says; null: without a project */
  readConfig(options: { readonly includeLayers: boolean; readonly cwd: string | null }): Promise<ConfigReadResult>;
  /** Threads that are started later see what was written. */
  writeConfig(request: ConfigWriteRequest): Promise<ConfigWriteResult>;
  /** Sentences about what in the configuration has no effect. Rejects when there is none that can be used. */
  configWarnings(): Promise<readonly string[]>;
  readonly account: {
    read(): Promise<{ readonly hasKey: boolean; readonly needsKey: boolean }>;
    login(key: string, storage: "file" | "memory"): Promise<void>;
    /** Forgets keys and sign-ins. Gives the ids of the providers that were signed in to by OAuth. */
    logout(): Promise<readonly string[]>;
    readonly oauth: OAuthAccount;
    /** What the configured provider last said; null: nothing. */
    rateLimits(): Promise<RateLimitSnapshot | null>;
  };
}

/** Patience with another window that is writing the configuration or the rules. */
const lockMs = 2000;

/** Composition by hand: everything below core's rooms is made here and handed over. Starts nothing by itself. */
export function createCore(options: CoreOptions): Core {
  const { home, env, platform } = options;
  const auth: Auth = createAuth({ home, env });
  const lockWithin = async (file: string, patienceMs: number): Promise<(() => void) | null> => {
    const attempt = await waitForLock(file, patienceMs);
    return attempt.kind === "locked" ? () => attempt.lock.release() : null;
  };
  const oauth = createOAuthAccount({ home, env, lock: lockWithin, provider: (id) => providerOf(id) });
  const models = createModels({
    ...options,
    key: (name) => auth.key(name),
    token: (client, rejected) => oauth.token(client, rejected),
  });

  const places = { home, systemFile: options.systemConfig };
  const load = async (config: Readonly<Record<string, unknown>>, cwd: string | null = null) => {
    const loaded = await loadConfig({ ...places, cwd, overrides: [...options.overrides, config] });
    if (loaded.kind === "failed") throw new ThreadRequestError("badInput", loaded.message);
    return loaded;
  };
  const lock = (file: string): Promise<(() => void) | null> => lockWithin(file, lockMs);
  const writeConfig = createConfigWriter({
    ...places,
    overrides: options.overrides,
    builtInProviders: Object.keys(builtInProviders),
    lock,
  });

  const denyRead = [home, ...secretPaths(os.homedir())];
  const skillRules = rememberedRules(async () => (await load({})).config.skills?.config ?? []);

  // There is one for all: it keeps count of what its commands use.
  const sandbox = once(() =>
    createSandbox({ platform, stateDir: path.join(home, "sandbox"), path: env["PATH"] ?? "" }),
  );
  const user = createUserEnvironment({ env, platform });
  /** The provider of this id as it is configured; null when there is none that can be used. */
  const find = (id: string, { model_providers: providers = {} }: EffectiveConfig): ModelProvider | null => {
    const resolved = resolveProvider(id, { providers, env, demoBaseUrl: () => options.demo.baseUrl() });
    return resolved.kind === "found" ? resolved.provider : null;
  };
  const providerOf = async (asked: string | null): Promise<ModelProvider> => {
    const { config } = await load({});
    const { model_provider: chosen = defaultProvider(), model_providers: providers = {} } = config;
    const id = asked ?? chosen;
    const resolved = resolveProvider(id, { providers, env, demoBaseUrl: () => options.demo.baseUrl() });
    if (resolved.kind === "unusable") throw new ThreadRequestError("badInput", resolved.message);
    return resolved.provider;
  };

  return {
    workspace: once(async () => {
      const { createWorkspace } = await import("./workspace.ts");
      return createWorkspace({
        home,
        env,
        platform,
        sandbox: sandbox(),
        user,
        async commandDefaults(cwd) {
          const { config } = await load({});
          const { isTrusted } = await projectOf(cwd, config);
          return { policy: sandboxPolicyOf(config, isTrusted), variables: config.shell_environment_policy?.set ?? {} };
        },
      });
    }),
    skillLibrary: once(async () => {
      const { createLibrary } = await import("./library.ts");
      return createLibrary({
        home,
        denyRead,
        skillRules,
        writeConfig,
        async settings(cwd) {
          const { config } = await load({});
          const { isTrusted } = await projectOf(cwd, config);
          return { rootMarkers: config.project_root_markers, isTrusted };
        },
        async ownRules() {
          const { layers } = await load({});
          const own = layers.find(({ source }) => source.type === "user" && source.profile === null);
          return own === undefined
            ? { rules: [], version: null }
            : { rules: Config.parse(own.values).skills?.config ?? [], version: metadata(own).version };
        },
      });
    }),
    async createThreads({ approvals, onEvent, isFollowed }) {
      const processes = createProcesses({ platform });
      const board = createCommandBoard();
      const shell = commandShell(env, platform);
      const store = createRolloutStore(home);
      const temps = createTempDirs();
      const parser = once(loadScriptParser);
      const policy = createCommandPolicy({
        isPosixShell: !isPowerShell(shell),
        parser,
        rules: createRuleStore({ home, parser, lock }),
      });
      const gateFor: ThreadsOptions["gateFor"] = ({ threadId, journal, defaults }) => {
        let diff: { readonly turnId: string; readonly diff: TurnDiff } | null = null;
        const commands: CommandDeps = {
          approvals: createApprovals(threadId, journal, approvals, systemClock),
          allowedCommands: new Set(),
          policy,
          sandbox: sandbox(),
          processes,
          board,
          environment: async () =>
            commandEnvironment(await user.read(), {
              include: [],
              set: defaults.commandVariables,
              tempDir: await temps.of(threadId),
            }),
          shellArgv: (script) => shellArgv(shell, script),
          outputFile: (itemId) => store.outputFile(threadId, itemId),
          tempDir: () => temps.of(threadId),
          denyRead,
        };
        return {
          ...commands,
          editor: () => approvals.editor(threadId),
          diffOf(turnId, root) {
            if (diff?.turnId !== turnId) diff = { turnId, diff: createTurnDiff(root) };
            return diff.diff;
          },
        };
      };

      const threads = createThreads({
        home,
        version: options.version,
        denyRead,
        skillRules,
        clock: systemClock,
        newId: () => uuid(),
        userAgent: `turnwright/${options.version}`,
        shell: path.basename(shell),
        modelsFor: ({ modelSettings }) => models.under(modelSettings),
        board,
        gateFor,
        onEvent,
        isFollowed,
        async modelOf(provider, overrides) {
          const { config } = await load(overrides);
          const found = find(provider, config);
          return defaultModel(provider) ?? (found === null ? null : (await models.served.of(found))?.[0]) ?? null;
        },
        async defaults(cwd, overrides) {
          const loaded = await load(overrides, cwd);
          // The login shell takes its time; it is asked before the first command needs it.
          void user.read();
          return defaultsOf(loaded, home);
        },
      });
      return {
        ...threads,
        async close() {
          await threads.close();
          await processes.closeAll();
          await models.close();
          await temps.removeAll();
        },
      };
    },
    async listModels(provider) {
      const { config } = await load({});
      const chosen = config.model_provider ?? defaultProvider();
      const asked = provider ?? chosen;
      const model = asked === chosen ? (config.model ?? null) : null;
      const known = find(asked, config);
      return listModels({ provider: asked, model, served: known === null ? [] : await models.served.of(known) });
    },
    async findLocalServers() {
      const { config } = await load({});
      return findLocalServers(localProviders.flatMap((id) => find(id, config) ?? []));
    },
    async listProviders() {
      const { config, layers } = await load({});
      return {
        data: listProviders(config.model_providers ?? {}),
        defaultProviderId: config.model_provider ?? defaultProvider(),
        canChangeDefault: !layersOverFile(layers).some(({ values }) => Object.hasOwn(values, "model_provider")),
      };
    },
    async canSearchWeb() {
      const { config } = await load({});
      const hasWebSearch = find(config.model_provider ?? defaultProvider(), config)?.hasWebSearch ?? false;
      return hasWebSearch && webSearchOf(config) !== null;
    },
    readConfig: async (read) => readConfig(await load({}, read.cwd), read),
    writeConfig,
    configWarnings: async () => (await load({})).warnings,
    account: {
      async read() {
        const { config } = await load({});
        const keyName = find(config.model_provider ?? defaultProvider(), config)?.keyName ?? null;
        return { hasKey: (await auth.key(keyName ?? openaiKeyName)) !== null, needsKey: keyName !== null };
      },
      login: async (key, storage) => {
        const { config } = await load({});
        const name = find(config.model_provider ?? defaultProvider(), config)?.keyName ?? openaiKeyName;
        if (storage === "memory") auth.useKey(name, key);
        else await auth.saveKey(name, key);
      },
      async logout() {
        await auth.logout();
        return oauth.logout();
      },
      oauth,
      async rateLimits() {
        const { config } = await load({});
        const provider = config.model_provider ?? defaultProvider();
        const limits = models.rateLimits(provider);
        return limits === null ? null : { limitId: provider, limitName: null, ...limits };
      },
    },
  };
}

async function defaultsOf({ config, isTrusted, projectWarnings }: LoadedConfig, home: string): Promise<ThreadDefaults> {
  const modelProvider = config.model_provider ?? defaultProvider();
  return {
    model: config.model ?? defaultModel(modelProvider),
    modelProvider,
    approvalPolicy: config.approval_policy,
    ...sandboxSettingsOf(config, isTrusted),
    effort: config.model_reasoning_effort ?? null,
    summary: config.model_reasoning_summary ?? null,
    developerInstructions: config.developer_instructions ?? null,
    fileInstructions: await instructionsFrom(config.model_instructions_file, home),
    modelSettings: {
      providers: config.model_providers ?? {},
      contextWindow: config.model_context_window ?? null,
      compactionLimit: config.model_auto_compact_token_limit ?? null,
      prices: config.model_prices ?? {},
      webSearch: webSearchOf(config),
    },
    commandVariables: config.shell_environment_policy?.set ?? {},
    unloadDelayMs: config.thread_unload_delay_secs * 1000,
    projectDocMaxBytes: config.project_doc_max_bytes,
    projectDocFallbackNames: config.project_doc_fallback_filenames,
    projectRootMarkers: config.project_root_markers,
    warnings: projectWarnings,
  };
}

function sandboxSettingsOf(
  config: EffectiveConfig,
  isTrusted: boolean,
): Pick<ThreadDefaults, "sandboxMode" | "workspaceWrite"> {
  const write = config.sandbox_workspace_write;
  return {
    sandboxMode: config.sandbox_mode ?? (isTrusted ? "workspace-write" : "read-only"),
    workspaceWrite: {
      writableRoots: write?.writable_roots ?? [],
      networkAccess: write?.network_access ?? false,
      excludeTmpdirEnvVar: write?.exclude_tmpdir_env_var ?? false,
      excludeSlashTmp: write?.exclude_slash_tmp ?? false,
    },
  };
}

function sandboxPolicyOf(config: EffectiveConfig, isTrusted: boolean): SandboxPolicy {
  const settings = sandboxSettingsOf(config, isTrusted);
  return policyOf(settings.sandboxMode, settings);
}

function webSearchOf({ tools }: EffectiveConfig): WebSearchSettings | null {
  const setting = tools?.web_search ?? false;
  return setting === true ? {} : setting === false ? null : setting;
}

async function instructionsFrom(file: string | undefined, home: string): Promise<string | null> {
  if (file === undefined) return null;
  return fs.readFile(path.resolve(home, file), "utf8").catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ThreadRequestError("badInput", `model_instructions_file cannot be read: ${reason}`);
  });
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
