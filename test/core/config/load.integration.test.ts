import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { stateDirectory } from "../../../src/core/config/home.ts";
import { loadConfig, type LoadedConfig } from "../../../src/core/config/load.ts";
import type { ConfigOverride } from "../../../src/core/config/override.ts";
import { readConfig } from "../../../src/core/config/read.ts";
import { configMethods } from "../../../src/protocol/config.ts";
import { wireErrors } from "../../helpers/wire-schema.ts";

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "turnwright-config-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
});

async function load(toml: string | Uint8Array | null, ...overrides: readonly ConfigOverride[]) {
  if (toml !== null) await writeFile(join(home, "config.toml"), toml);
  return loadConfig({ home, systemFile: null, cwd: null, overrides });
}
async function loaded(toml: string | null, ...overrides: readonly ConfigOverride[]): Promise<LoadedConfig> {
  const result = await load(toml, ...overrides);
  if (result.kind === "failed") throw new Error(result.message);
  return result;
}
async function refusal(toml: string | Uint8Array | null, ...overrides: readonly ConfigOverride[]): Promise<string> {
  const result = await load(toml, ...overrides);
  if (result.kind === "loaded") throw new Error("it was loaded");
  return result.message.replaceAll(home, "HOME");
}

test("without a file the built-in defaults hold", async () => {
  const { config, layers, warnings } = await loaded(null);
  expect(config).toEqual({
    approval_policy: "on-request",
    thread_unload_delay_secs: 1800,
    project_doc_max_bytes: 32_768,
    project_doc_fallback_filenames: [],
    project_root_markers: [".git"],
    history: { persistence: "save-all" },
  });
  expect(layers.map((layer) => layer.values)).toEqual([{}]);
  expect(warnings).toEqual([]);
});

test("file, profile, command line and client go over one another, key by key", async () => {
  const toml = `
    model = "file"
    approval_policy = "untrusted"
    sandbox_mode = "read-only"
    model_reasoning_effort = "low"
    profile = "p"
    [sandbox_workspace_write]
    network_access = false
    writable_roots = ["/a"]
    [profiles.p]
    model = "profile"
    approval_policy = "never"
    sandbox_mode = "workspace-write"
    [profiles.q]
    model = "other"`;
  const { config } = await loaded(toml, "approval_policy=on-request", "sandbox_workspace_write.network_access=true", {
    "sandbox_workspace_write.writable_roots": ["/b"],
    approval_policy: { granular: { mcp_elicitations: true, rules: true, sandbox_approval: false } },
  });
  expect(config).toMatchObject({
    model: "profile",
    sandbox_mode: "workspace-write",
    model_reasoning_effort: "low",
    sandbox_workspace_write: { network_access: true, writable_roots: ["/b"] },
    approval_policy: { granular: { sandbox_approval: false, request_permissions: false } },
  });
  expect((await loaded(toml, "profile=q")).config.model).toBe("other");
  expect((await loaded(toml, "profile=q", "model=x")).config.model).toBe("x");
  expect((await loaded(toml, "profiles.q.model=z", "profile=q")).config.model).toBe("z");
});

test.each<[string, string]>([
  ["model = \n", "HOME/config.toml:1:9: "],
  ['a = 1\nmodel = "x\n', "HOME/config.toml:2:"],
  ["model = 1\nmodel = 2", "HOME/config.toml:2:"],
  ["model = 5", "HOME/config.toml:1:9: model: Invalid input: expected string, received number"],
  [
    '# c\nsandbox_mode = "full"',
    'HOME/config.toml:2:16: sandbox_mode: Invalid option: expected one of "read-only"|"workspace-write"|"danger-full-access"',
  ],
  [
    'approval_policy = "on-failure"',
    'HOME/config.toml:1:19: approval_policy: Invalid option: expected one of "untrusted"|"on-request"|"never"',
  ],
  [
    "approval_policy = { granular = { rules = 1 } }",
    "HOME/config.toml:1:19: approval_policy: granular.mcp_elicitations: ",
  ],
  [
    '[model_providers.x]\nbase_url = "localhost:11434/v1"',
    "HOME/config.toml:2:12: model_providers.x.base_url: expected a URL that begins with http:// or https://",
  ],
  [
    '[model_providers.x.oauth]\nissuer = "http://issuer.example"\nclient_id = "c"',
    "HOME/config.toml:2:10: model_providers.x.oauth.issuer: expected a URL that begins with https://",
  ],
  [
    '[model_providers.x.oauth]\nissuer = "https://issuer.example/?a=b"\nclient_id = "c"',
    "HOME/config.toml:2:10: model_providers.x.oauth.issuer: an issuer has no user, password, query or fragment",
  ],
  [
    '[model_providers.x.oauth]\nissuer = "https://issuer.example"\nclient_id = "c"\nscopes = ["a b"]',
    "HOME/config.toml:4:10: model_providers.x.oauth.scopes.0: expected one scope, without spaces",
  ],
  [
    '[model_providers.x]\nbase_url = "https://user:pw@host/v1"',
    "HOME/config.toml:2:12: model_providers.x.base_url: a URL must not hold a user or a password",
  ],
  [
    '[model_providers.x]\nwire_api = "soap"',
    'HOME/config.toml:2:12: model_providers.x.wire_api: Invalid option: expected one of "responses"|"chat"',
  ],
  [
    '[model_providers.x.http_headers]\n"content-length" = "1"',
    "HOME/config.toml:2:20: model_providers.x.http_headers.content-length: this header is set by the HTTP client itself",
  ],
  [
    '[model_providers.x.http_headers]\n"X-A" = "a\\nb"',
    "HOME/config.toml:2:9: model_providers.x.http_headers.X-A: expected printable ASCII on one line",
  ],
  [
    "[model_providers.x]\nstream_max_retries = -1",
    "HOME/config.toml:2:22: model_providers.x.stream_max_retries: Too small",
  ],
  [
    '[projects."/r"]\ntrust_level = "yes"',
    'HOME/config.toml:2:15: projects."/r".trust_level: Invalid option: expected one of "trusted"|"untrusted"',
  ],
  [
    '[sandbox_workspace_write]\nwritable_roots = ["rel"]',
    "HOME/config.toml:2:18: sandbox_workspace_write.writable_roots.0: expected an absolute path",
  ],
  [
    'profile = "nope"\n[profiles.one]\n[profiles.two]',
    "HOME/config.toml:1:11: profile: there is no [profiles.nope]; defined: one, two",
  ],
  ["__proto__ = 1", "HOME/config.toml:1:"],
])("%j is refused with its place", async (toml, message) => {
  expect(await refusal(toml)).toContain(`failed to load configuration: ${message}`);
});

test("a profile, which a client may define, cannot trust a folder nor hold what else stands outside of profiles", async () => {
  const profile = {
    model: "m",
    projects: { "/repo": { trust_level: "trusted" } },
    model_providers: { openai: { base_url: "http://elsewhere" } },
  };
  const { config, warnings } = await loaded(null, { profile: "p", "profiles.p": profile });
  expect([config.model, config.projects, config.model_providers]).toEqual(["m", undefined, undefined]);
  expect(warnings).toEqual([
    "config override: unknown key profiles.p.projects has no effect.",
    "config override: unknown key profiles.p.model_providers has no effect. Did you mean model_provider?",
  ]);
});

test("a bad override names itself, and nothing is loaded", async () => {
  expect(await refusal(null, "sandbox_mode=all")).toBe(
    'failed to load configuration: -c sandbox_mode: Invalid option: expected one of "read-only"|"workspace-write"|"danger-full-access"',
  );
  expect(await refusal(null, { "tools.view_image": "yes" })).toContain("config override tools.view_image: ");
  expect(await refusal(null, "nonsense")).toContain("-c takes key=value");
  expect(await refusal(null, "profile=x")).toContain("profile: there is no [profiles.x]");
});

test("an error never repeats the value or the line, which may be a key", async () => {
  const secret = "sk-0123456789";
  const bad = await refusal(`[model_providers.x]\nexperimental_bearer_token = "${secret}\\n"`);
  const broken = await refusal(`[model_providers.x]\nexperimental_bearer_token = "${secret}`);
  expect(bad + broken).not.toContain("0123456789");
});

test("a file that is no text, too large, or a folder is refused", async () => {
  expect(await refusal(Uint8Array.of(0x6d, 0xff, 0xfe))).toContain("the file is not UTF-8 text");
  expect(await refusal("#".repeat(1024 * 1024 + 1))).toContain("the file is larger than");
  expect((await loadConfig({ home: "/dev/null/x", systemFile: null, cwd: null, overrides: [] })).kind).toBe("failed");
});

test("a byte order mark and CRLF are no trouble", async () => {
  expect((await loaded('\uFEFFmodel = "x"\r\nprofile = "p"\r\n[profiles.p]\r\n')).config.model).toBe("x");
});

test("unknown keys are kept and warned of once", async () => {
  const { config, warnings } = await loaded("modle = 1\n[profiles.a]\n", "modle=2");
  expect(config.modle).toBe(2);
  expect(warnings).toEqual([
    `${join(home, "config.toml")}: unknown key modle has no effect. Did you mean model?`,
    "-c: unknown key modle has no effect. Did you mean model?",
  ]);
});

test("config/read gives values, their origins and the layers, in the form of the wire", async () => {
  const result = await loaded(
    `model = "m"
    profile = "p"
    [model_providers.mine]
    base_url = "http://127.0.0.1:1/v1"
    env_key = "MINE_KEY"
    experimental_bearer_token = "sk-123"
    http_headers = { "X-Api-Key" = "sk-123", "X-Team" = "t" }
    query_params = { code = "sk-123" }
    [model_providers.other.auth]
    command = "give-key"
    args = ["--password", "sk-123"]
    [shell_environment_policy.set]
    FOO = "sk-123"
    [projects."/repo.x"]
    trust_level = "trusted"
    [tools]
    web_search = true
    [profiles.p]
    sandbox_mode = "workspace-write"`,
    "model_verbosity=high",
  );
  const file = join(home, "config.toml");
  const answer = readConfig(result, { includeLayers: true });
  expect(answer.config).toMatchObject({
    model: "m",
    sandbox_mode: "workspace-write",
    developer_instructions: null,
    tools: { web_search: {} },
    model_providers: {
      mine: { env_key: "MINE_KEY", experimental_bearer_token: "[redacted]", http_headers: { "X-Team": "[redacted]" } },
      other: { auth: { command: "give-key", args: ["[redacted]", "[redacted]"] } },
    },
  });
  expect(JSON.stringify(answer)).not.toContain("sk-123");
  expect(answer.origins).toMatchObject({
    model: { name: { type: "user", file, profile: null } },
    "model_providers.mine.base_url": { name: { type: "user", file, profile: null } },
    'projects."/repo.x".trust_level': { name: { type: "user", file, profile: null } },
    sandbox_mode: { name: { type: "user", file, profile: "p" } },
    model_verbosity: { name: { type: "sessionFlags" } },
  });
  expect(answer.layers?.map((layer) => layer.name)).toEqual([
    { type: "sessionFlags" },
    { type: "user", file, profile: "p" },
    { type: "user", file, profile: null },
  ]);
  expect(configMethods["config/read"].result.parse(answer)).toEqual(answer);
  expect(wireErrors("ConfigReadResponse", answer) ?? []).toEqual([]);
});

test("config/read of nothing is valid too, and has the version of an empty layer", async () => {
  const answer = readConfig(await loaded(null), { includeLayers: true });
  expect(answer.layers?.[0]?.version).toBe("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  expect(readConfig(await loaded(null), { includeLayers: false })).not.toHaveProperty("layers");
  expect(wireErrors("ConfigReadResponse", answer) ?? []).toEqual([]);
});

test("the home is where the environment says, else in the user's folder", () => {
  expect(stateDirectory({ TURNWRIGHT_HOME: "/x/y" })).toBe("/x/y");
  expect(stateDirectory({ TURNWRIGHT_HOME: "rel" })).toBe(join(process.cwd(), "rel"));
  expect(stateDirectory({ TURNWRIGHT_HOME: "" })).toMatch(/[\\/]\.turnwright$/);
});
