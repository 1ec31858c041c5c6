import type { OAuthClient } from "../auth/oauth/client.ts";
import type { ModelProviderSettings } from "../config/schema.ts";
import { isSecureUrl } from "../secure-url.ts";
import type { CompactionKind } from "./types.ts";

/** An HTTP server with a model, ready to be talked to. */
export interface ModelProvider {
  readonly id: string;
  /** For messages: `OpenAI`. */
  readonly name: string;
  /**
   * Resolves to the URL that `/responses` or `/chat/completions` is appended to; asked before each request, so it may start what it points to.
   */
  readonly baseUrl: () => Promise<string>;
  /**
   * Name of the key: an environment variable, and the name it is signed in under. Null: the server takes requests
   * without.
   */
  readonly keyName: string | null;
  /** What the configuration says to do when the key is missing. */
  readonly keyInstructions: string | null;
  /** A key from the configuration itself; used before any other. */
  readonly bearerToken: string | null;
  /** A program that prints the key; then there is no `keyName`. */
  readonly auth: NonNullable<ModelProviderSettings["auth"]> | null;
  /** It takes tokens that the user signs in for; then it has no key. */
  readonly oauth: OAuthClient | null;
  /** Own headers, with those taken from the environment; they win over ours. */
  readonly headers: Readonly<Record<string, string>>;
  readonly queryParams: Readonly<Record<string, string>>;
  /** The format that the server speaks. */
  readonly wireApi: "responses" | "chat";
  /** How a full context is made smaller. */
  readonly compaction: CompactionKind;
  /** Repetitions of one request that nobody sees. */
  readonly requestMaxRetries: number;
  /** Repetitions that the user is told of. */
  readonly streamMaxRetries: number;
  /** Longest silence on a stream. */
  readonly streamIdleTimeoutMs: number;
  /** Searches the web by itself if it is asked to. */
  readonly hasWebSearch: boolean;
  /** How bodies of requests are compressed; null: not at all. */
  readonly requestCompression: "gzip" | "zstd" | null;
}

/**
 * The provider when none is configured. The demo is never a silent fallback: a command line or an editor asks for it by
 * name.
 */
export function defaultProvider(): string {
  return "openai";
}

/** Model servers that people run themselves, each on the port it uses by default. All have had a Responses API since these versions. */
const local = {
  /** 0.13.3 */
  ollama: { name: "Ollama", base_url: "http://127.0.0.1:11434/v1" },
  /** 0.3.29 */
  lmstudio: { name: "LM Studio", base_url: "http://127.0.0.1:1234/v1" },
  /** January 2026 */
  llamacpp: { name: "llama.cpp", base_url: "http://127.0.0.1:8080/v1" },
  /** 0.10 */
  vllm: { name: "vLLM", base_url: "http://127.0.0.1:8000/v1" },
} as const satisfies Readonly<Record<string, ModelProviderSettings>>;

/** Ids of the providers that are looked for on this machine, in the order in which they are offered. */
export const localProviders: readonly string[] = Object.keys(local);

/** Those that need no configuration. */
export const builtInProviders = {
  openai: {
    name: "OpenAI",
    base_url: "https://api.openai.com/v1",
    env_key: "OPENAI_API_KEY",
    compact: "endpoint",
    web_search: true,
  },
  demo: { name: "Turnwright demo" },
  openrouter: { name: "OpenRouter", base_url: "https://openrouter.ai/api/v1", env_key: "OPENROUTER_API_KEY" },
  ...local,
} as const satisfies Readonly<Record<string, ModelProviderSettings>>;
const builtIn: Readonly<Record<string, ModelProviderSettings>> = builtInProviders;

export type ResolvedProvider =
  | { readonly kind: "found"; readonly provider: ModelProvider }
  /** The message names the providers that exist, or the setting that is missing. */
  | { readonly kind: "unusable"; readonly message: string };

/**
 * Makes a provider out of `[model_providers.<id>]` over the built-in one of the same id.
 * @param options.demoBaseUrl starts the demo server if need be and gives its URL
 */
export function resolveProvider(
  id: string,
  options: {
    readonly providers: Readonly<Record<string, ModelProviderSettings>>;
    readonly env: NodeJS.ProcessEnv;
    readonly demoBaseUrl: () => Promise<string>;
  },
): ResolvedProvider {
  const known = Object.hasOwn(builtIn, id) ? builtIn[id] : undefined;
  const configured = Object.hasOwn(options.providers, id) ? options.providers[id] : undefined;
  if (known === undefined && configured === undefined) {
    const names = [...new Set([...Object.keys(builtIn), ...Object.keys(options.providers)])].join(", ");
    return {
      kind: "unusable",
      message: `Model provider "${id}" is not defined. Known: ${names}. Add [model_providers.${id}] with a base_url to config.toml.`,
    };
  }
  const settings: ModelProviderSettings = { ...known, ...configured };
  const { base_url: baseUrl } = settings;
  if (baseUrl === undefined && id !== "demo") {
    return {
      kind: "unusable",
      message: `Model provider "${id}" has no base_url. Set model_providers.${id}.base_url in config.toml.`,
    };
  }
  const { oauth } = settings;
  const name = settings.name ?? id;
  const client = oauth === undefined ? null : oauthClient(id, name, oauth, baseUrl);
  if (typeof client === "string") return { kind: "unusable", message: client };
  const keyName = settings.env_key ?? (settings.requires_openai_auth === true ? "OPENAI_API_KEY" : null);
  return {
    kind: "found",
    provider: {
      id,
      name,
      baseUrl: baseUrl === undefined ? options.demoBaseUrl : () => Promise.resolve(baseUrl),
      keyName: client === null && settings.auth === undefined ? keyName : null,
      keyInstructions: settings.env_key_instructions ?? null,
      bearerToken: client === null ? (settings.experimental_bearer_token ?? null) : null,
      auth: settings.auth ?? null,
      oauth: client,
      headers: { ...settings.http_headers, ...fromEnvironment(settings.env_http_headers ?? {}, options.env) },
      queryParams: settings.query_params ?? {},
      wireApi: settings.wire_api ?? "responses",
      // Chat has nothing of the kind.
      compaction: settings.wire_api === "chat" ? "summary" : (settings.compact ?? "summary"),
      requestMaxRetries: settings.request_max_retries ?? 4,
      streamMaxRetries: settings.stream_max_retries ?? 5,
      streamIdleTimeoutMs: settings.stream_idle_timeout_ms ?? 300_000,
      hasWebSearch: settings.wire_api !== "chat" && (settings.web_search ?? false),
      requestCompression: settings.request_compression ?? null,
    },
  };
}

/** A text says what is missing. */
function oauthClient(
  provider: string,
  providerName: string,
  settings: NonNullable<ModelProviderSettings["oauth"]>,
  baseUrl: string | undefined,
): OAuthClient | string {
  const at = `model_providers.${provider}`;
  const { issuer, client_id: clientId } = settings;
  if (issuer === undefined || clientId === undefined) {
    return `Model provider "${provider}" signs in by OAuth. Set ${at}.oauth.issuer and ${at}.oauth.client_id in config.toml.`;
  }
  if (baseUrl === undefined || !isSecureUrl(new URL(baseUrl))) {
    return `Model provider "${provider}" signs in by OAuth, and its tokens must not travel in the open. Set ${at}.base_url to an https:// address.`;
  }
  return {
    provider,
    providerName,
    issuer,
    clientId,
    scopes: settings.scopes ?? [],
    resource: settings.resource ?? null,
    redirectPort: settings.redirect_port ?? null,
    origin: new URL(baseUrl).origin,
  };
}

function fromEnvironment(names: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([header, variable]) => {
      const value = env[variable]?.trim();
      return value === undefined || value === "" ? [] : [[header, value]];
    }),
  );
}
