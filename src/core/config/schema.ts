import * as z from "zod";
import { AskForApproval, ReasoningEffort, ReasoningSummary, SandboxMode } from "../../protocol/settings.ts";
import { isSecureUrl } from "../secure-url.ts";

const positiveInteger = z.int().positive();
const nonNegativeInteger = z.int().min(0);
const maxRetries = z.int().min(0).max(100);

const baseUrl = z.string().superRefine((text, issue) => {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    issue.addIssue("expected a URL that begins with http:// or https://");
  } else if (new URL(text).username !== "" || new URL(text).password !== "") {
    issue.addIssue("a URL must not hold a user or a password; use env_key or env_http_headers");
  }
});
/** What the HTTP client itself must decide. */
const ownHeaders = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const headerName = z.string().superRefine((name, issue) => {
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) issue.addIssue("expected the name of an HTTP header");
  else if (ownHeaders.has(name.toLowerCase())) issue.addIssue("this header is set by the HTTP client itself");
});
const headerValue = z.string().regex(/^[\t\x20-\x7e]*$/, "expected printable ASCII on one line");
const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of an environment variable");

const issuer = z.string().superRefine((text, issue) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !isSecureUrl(url)) {
    issue.addIssue("expected a URL that begins with https:// (or http:// on a loopback address)");
  } else if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    issue.addIssue("an issuer has no user, password, query or fragment");
  }
});

/** `[model_providers.<id>.oauth]`: signing in as a public client of an OAuth 2.1 issuer, instead of a key. */
const OAuthSettings = z.looseObject({
  /** Where the metadata is found (OpenID Connect Discovery, or RFC 8414). */
  issuer: issuer.optional(),
  client_id: z
    .string()
    .regex(/^[\x20-\x7e]{1,1000}$/, "expected printable ASCII")
    .optional(),
  scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "expected one scope, without spaces")).optional(),
  /** RFC 8707: the API that the tokens are for. */
  resource: z.url().optional(),
  /** For issuers that take only a registered port. */
  redirect_port: z.int().min(1).max(65_535).optional(),
});

/** A program that prints the key. */
const AuthCommand = z.looseObject({
  command: z.string().min(1),
  args: z.array(z.string()).optional(),
  /** Relative to the home, which is also the default. */
  cwd: z.string().min(1).optional(),
  timeout_ms: z.int().min(1).max(600_000).optional(),
  /** Age from which the key is renewed before it is used; 0: only when it is refused. */
  refresh_interval_ms: nonNegativeInteger.optional(),
});

/** `[model_providers.<id>]`: an HTTP server with a model. */
const ModelProviderSettings = z
  .looseObject({
    name: z.string().min(1).optional(),
    /** Ends before `/responses` or `/chat/completions`. */
    base_url: baseUrl.optional(),
    /** Environment variable that holds the key; also the name under which a key that was given at sign-in is found. */
    env_key: environmentName.optional(),
    /** Shown when the key is missing. */
    env_key_instructions: z.string().optional(),
    /** A key in plain text; discouraged. */
    experimental_bearer_token: headerValue.optional(),
    /** Where the key comes from instead of the environment or a sign-in. */
    auth: AuthCommand.optional(),
    /** The provider takes the OpenAI key of auth.json. */
    requires_openai_auth: z.boolean().optional(),
    /** Goes before every key. */
    oauth: OAuthSettings.optional(),
    /** `chat`: Chat Completions, for servers that have no Responses API. */
    wire_api: z.enum(["responses", "chat"]).optional(),
    /** How a full context is made smaller: by `/responses/compact`, by an item that asks for it, or by a summary (the default). */
    compact: z.enum(["endpoint", "trigger", "summary"]).optional(),
    http_headers: z.record(headerName, headerValue).optional(),
    /** Header name to environment variable; left out while the variable is unset or empty. */
    env_http_headers: z.record(headerName, environmentName).optional(),
    query_params: z.record(z.string(), z.string()).optional(),
    request_max_retries: maxRetries.optional(),
    stream_max_retries: maxRetries.optional(),
    stream_idle_timeout_ms: z.int().min(1).max(86_400_000).optional(),
    /** The server has the hosted tool `web_search` of the Responses API. */
    web_search: z.boolean().optional(),
    /** Of the bodies of requests; the server must know it. */
    request_compression: z.enum(["gzip", "zstd"]).optional(),
  })
  .superRefine((provider, issue) => {
    if (provider.auth === undefined) return;
    const others = (["env_key", "experimental_bearer_token", "requires_openai_auth", "oauth"] as const).filter(
      (key) => provider[key] !== undefined && provider[key] !== false,
    );
    if (others.length > 0) {
      issue.addIssue({ code: "custom", path: ["auth"], message: `auth cannot be combined with ${others.join(", ")}` });
    }
  });
export type ModelProviderSettings = z.infer<typeof ModelProviderSettings>;

const amount = z.number().min(0);
/** `[model_prices."<model>"]`, per million tokens. */
const ModelPriceSettings = z.looseObject({
  input: amount,
  /** Of input that the provider had in its cache; absent: as `input`. */
  cached_input: amount.optional(),
  /** Reasoning included. */
  output: amount,
  currency: z
    .string()
    .regex(/^\S{1,8}$/, "expected a short name, such as USD")
    .optional(),
});

/** The provider's own search. */
const WebSearchSettings = z.looseObject({
  context_size: z.enum(["low", "medium", "high"]).optional(),
  /** Of these and below them; absent: everywhere. */
  allowed_domains: z.array(z.string().min(1)).max(100).optional(),
  /** Roughly where the user is. */
  location: z
    .looseObject({
      /** Two letters. */
      country: z.string().optional(),
      region: z.string().optional(),
      city: z.string().optional(),
      timezone: z.string().optional(),
    })
    .optional(),
});
export type WebSearchSettings = z.infer<typeof WebSearchSettings>;

const ShellEnvironmentPolicy = z.looseObject({
  inherit: z.enum(["all", "core", "none"]).optional(),
  ignore_default_excludes: z.boolean().optional(),
  exclude: z.array(z.string()).optional(),
  set: z.record(z.string(), z.string()).optional(),
  include_only: z.array(z.string()).optional(),
});

const keys = {
  model: z.string().optional(),
  model_provider: z.string().min(1).optional(),
  model_reasoning_effort: ReasoningEffort.optional(),
  model_reasoning_summary: ReasoningSummary.optional(),
  model_verbosity: z.enum(["low", "medium", "high"]).optional(),
  /** Tokens. */
  model_context_window: positiveInteger.optional(),
  model_auto_compact_token_limit: positiveInteger.optional(),
  /** Replaces our base instructions. Relative to the home. */
  model_instructions_file: z.string().min(1).optional(),
  developer_instructions: z.string().optional(),
  approval_policy: AskForApproval.optional(),
  sandbox_mode: SandboxMode.optional(),
  sandbox_workspace_write: z
    .looseObject({
      writable_roots: z.array(z.string().regex(/^(\/|[A-Za-z]:[\\/]|\\\\)/, "expected an absolute path")).optional(),
      network_access: z.boolean().optional(),
      exclude_tmpdir_env_var: z.boolean().optional(),
      exclude_slash_tmp: z.boolean().optional(),
    })
    .optional(),
  shell_environment_policy: ShellEnvironmentPolicy.optional(),
  /** How long a thread that nobody follows and that has nothing to do stays loaded. */
  thread_unload_delay_secs: nonNegativeInteger.optional(),
  project_doc_max_bytes: nonNegativeInteger.optional(),
  project_doc_fallback_filenames: z.array(z.string().min(1)).optional(),
  project_root_markers: z.array(z.string().min(1)).optional(),
  history: z
    .looseObject({
      persistence: z.enum(["save-all", "none"]).optional(),
      max_bytes: nonNegativeInteger.nullable().optional(),
    })
    .optional(),
  tools: z
    .looseObject({
      web_search: z.union([z.boolean(), WebSearchSettings]).optional(),
      view_image: z.boolean().optional(),
    })
    .optional(),
  skills: z
    .looseObject({
      config: z
        .array(z.looseObject({ path: z.string().optional(), name: z.string().optional(), enabled: z.boolean() }))
        .optional(),
      // Of other programs; without effect here.
      bundled: z.unknown().optional(),
      include_instructions: z.unknown().optional(),
    })
    .optional(),
  mcp_servers: z.record(z.string(), z.looseObject({})).optional(),
};

/** `[profiles.<name>]`: what it says goes over the rest of the file when it is chosen. */
export const Profile = z.looseObject(keys);

/**
 * `config.toml`, one layer of it or all of them merged. Keys are snake_case as in the file, every one may be absent,
 * and unknown ones are kept.
 */
export const Config = z.looseObject({
  ...keys,
  model_providers: z.record(z.string().min(1), ModelProviderSettings).optional(),
  model_prices: z.record(z.string().min(1), ModelPriceSettings).optional(),
  profile: z.string().min(1).optional(),
  profiles: z.record(z.string().min(1), Profile).optional(),
  projects: z
    .record(z.string(), z.looseObject({ trust_level: z.enum(["trusted", "untrusted"]).optional() }))
    .optional(),
});
export type Config = z.infer<typeof Config>;
export type ModelPrices = NonNullable<Config["model_prices"]>;

/**
 * Keys of a shared config.toml that other programs read and that have no effect here. They are no typing errors, so
 * they get no warning.
 */
export const foreignKeys: ReadonlySet<string> = new Set(
  `agents allow_login_shell allow_symlinked_codex_home analytics approvals_reviewer apps apps_mcp_product_sku audio
   background_terminal_max_timeout browser_use chatgpt_base_url check_for_update_on_startup client_search_provider
   cloud compact_prompt computer_use daybreak desktop disable_paste_burst experimental_compact_prompt_file
   experimental_use_unified_exec_tool features feedback file_opener forced_chatgpt_workspace_id forced_login_method
   ghost_snapshot goals hide_agent_reasoning hooks include_apps_instructions
   include_collaboration_mode_instructions include_environment_context include_permissions_instructions
   instructions log_dir marketplaces mcp_oauth_callback_port mcp_oauth_callback_url mcp_oauth_credentials_store
   memories model_catalog_json notice notify orchestrator oss_provider otel permissions personality
   plan_mode_reasoning_effort plugins review_model service_tier show_raw_agent_reasoning sqlite_home
   suppress_unstable_features_warning tool_output_token_limit tui web_search windows`.split(/\s+/),
);
