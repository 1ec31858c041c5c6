import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { startCliServer, type CliServer } from "../helpers/cli.ts";
import { responsesServer } from "../helpers/responses-server.ts";
import { message } from "../../src/demo/script.ts";
import { sessionErrors } from "../helpers/wire-session.ts";

/*
 * The terminal client of the Codex app-server protocol, 0.169.0, as it was recorded with `--remote`: what it asks from its start to its
 * first turn, with all of its params, most of which are null.
 */

const clientInfo = { name: "codex-tui", title: null, version: "0.169.0" };
const capabilities = {
  requiredHumanApproval: true,
  experimentalApi: true,
  requestAttestation: false,
  optOutNotificationMethods: null,
};

const listThreads = (more: object) => ({
  currentAccountOnly: true,
  cursor: null,
  limit: 10,
  excludedThreadIds: null,
  sortKey: "recency_at",
  sortDirection: null,
  modelProviders: [],
  sourceKinds: [],
  originators: null,
  archived: false,
  cwd: null,
  useStateDbOnly: true,
  searchTerm: null,
  parentThreadId: null,
  ancestorThreadId: null,
  attachedToThreadId: null,
  ...more,
});
const startThread = (more: object) => ({
  model: null,
  modelProvider: null,
  cwd: null,
  runtimeWorkspaceRoots: null,
  approvalPolicy: null,
  approvalsReviewer: null,
  sandbox: "read-only",
  permissions: null,
  config: {},
  serviceName: null,
  baseInstructions: null,
  developerInstructions: null,
  personality: null,
  multiAgentMode: null,
  ephemeral: false,
  historyMode: "paginated",
  sessionStartSource: null,
  threadSource: "user",
  projectId: null,
  daybreakEnabled: null,
  environments: null,
  dynamicTools: [
    {
      type: "namespace",
      name: "codex_tui",
      description: "Manage tasks.",
      tools: [
        {
          type: "function",
          name: "list_threads",
          description: "List recent tasks.",
          inputSchema: { type: "object", additionalProperties: false, properties: {}, required: [] },
          deferLoading: true,
        },
      ],
    },
  ],
  selectedCapabilityRoots: null,
  mockExperimentalField: null,
  ...more,
});
const startTurn = (more: object) => ({
  disabledPluginIds: null,
  clientUserMessageId: null,
  turnTrigger: null,
  parentTurnId: null,
  rootTurnId: null,
  toolOutput: null,
  responsesapiClientMetadata: null,
  responsesapiClientMetadataPatch: null,
  additionalContext: null,
  environments: null,
  cwd: null,
  runtimeWorkspaceRoots: null,
  approvalPolicy: null,
  approvalsReviewer: null,
  sandboxPolicy: null,
  permissions: null,
  model: null,
  serviceTierForTurn: null,
  effort: null,
  summary: null,
  personality: null,
  outputSchema: null,
  collaborationMode: null,
  multiAgentMode: null,
  cyberAccessProgram: null,
  ...more,
});

type Call = readonly [method: string, params?: object];

/** Without an answer to each of these the client gives up or stays empty. */
const beforeThread: readonly Call[] = [
  ["skills/list", { cwds: ["/repo"], forceReload: true }],
  ["account/read", {}],
  ["model/list", { modelProvider: null, cursor: null, limit: null, includeHidden: true }],
  ["config/read", { includeLayers: true, cwd: "." }],
  ["account/read", {}],
  ["configRequirements/read"],
  ["collaborationMode/list", {}],
];
const section = { limit: 100, sortKey: "section_position", sectionId: "01984de2-8f74-7c91-a3b2-5c5e937cf318" };
const withThread = (threadId: string): readonly Call[] => [
  ["thread/list", listThreads(section)],
  ["thread/list", listThreads({ ...section, sourceKinds: ["exec", "appServer"] })],
  ["thread/loaded/list", { cursor: null, limit: null }],
  ["thread/list", listThreads({})],
  ["thread/list", listThreads({ sourceKinds: ["exec", "appServer"] })],
  ["thread/read", { threadId }],
  ["thread/turns/list", { threadId, cursor: null, limit: 1, sortDirection: null, itemsView: null }],
];
/** Of subsystems that are not there yet or serve another vendor's cloud. The client goes on without them. */
const unknown: readonly Call[] = [
  ["hooks/list", { cwds: ["/repo"], threadId: null }],
  ["account/bedrock/checkGovCloudRequirements", {}],
  ["plugin/installed", { cwds: ["/repo"], installSuggestionPluginNames: null }],
];

const ask = (server: CliServer, calls: readonly Call[]) =>
  Promise.all(calls.map(([method, params]) => server.request(method, params)));
const isServed = (answer: Readonly<Record<string, unknown>>): boolean => "result" in answer;
const threadIdOf = (answer: Readonly<Record<string, unknown>>): string =>
  (answer as { result: { thread: { id: string } } }).result.thread.id;
const turnEnded =
  (threadId: string) =>
  ({ method, params }: Readonly<Record<string, unknown>>): boolean =>
    method === "turn/completed" && (params as { threadId: string }).threadId === threadId;

test("a terminal client's start: each call is answered well or unknown on purpose, and its first turn runs", async () => {
  await using model = await responsesServer(message("Hello."), message('{"title":"Say hello"}'));
  await using server = await startCliServer({
    config: `# mine\nmodel = "m"\nmodel_provider = "test"\n\n[model_providers.test]\nbase_url = "${model.url}"\n`,
  });
  expect(isServed(await server.request("initialize", { clientInfo, capabilities }))).toBe(true);
  server.send({ method: "initialized" });

  for (const answer of await ask(server, beforeThread)) expect(answer).toHaveProperty("result");
  const started = await server.request("thread/start", startThread({}));
  const threadId = threadIdOf(started);
  for (const answer of await ask(server, withThread(threadId))) expect(answer).toHaveProperty("result");
  const refused = await ask(server, unknown);
  expect(refused.map((answer) => (answer as { error: { message: string } }).error.message.split(",")[0])).toEqual(
    unknown.map(([method]) => `Invalid request: unknown variant \`${method}\``),
  );

  // The model that was chosen in its picker is kept.
  const edits = ["model", "model_reasoning_effort"].map((keyPath, index) => ({
    keyPath,
    value: ["gpt-6-sol", "medium"][index],
    mergeStrategy: "replace",
  }));
  const kept = { edits, filePath: null, expectedVersion: null, reloadUserConfig: true };
  expect(await server.request("config/batchWrite", kept)).toMatchObject({ result: { status: "ok" } });
  expect(await fs.readFile(path.join(server.home, "config.toml"), "utf8")).toBe(
    `# mine\nmodel = "gpt-6-sol"\nmodel_provider = "test"\nmodel_reasoning_effort = "medium"\n\n[model_providers.test]\nbase_url = "${model.url}"\n`,
  );

  const words = (text: string) => [{ type: "text", text, text_elements: [] }];
  const settings = { model: "m", reasoning_effort: null, developer_instructions: null };
  const turn = startTurn({
    threadId,
    input: words("hello"),
    clientUserMessageId: "c56dab12-4c76-4614-86d0-f35a30527a29",
    turnTrigger: "user",
    cwd: server.home,
    runtimeWorkspaceRoots: [server.home],
    approvalPolicy: "on-request",
    model: "m",
    serviceTier: "default",
    collaborationMode: { mode: "default", settings },
  });
  expect(await server.request("turn/start", turn)).toHaveProperty("result");
  expect(await server.until(turnEnded(threadId))).toMatchObject({ params: { turn: { status: "completed" } } });

  // It names the thread by a thread of its own, which leaves nothing behind.
  expect(isServed(await server.request("config/read", { cwd: server.home }))).toBe(true);
  const config = {
    "features.plugins": false,
    web_search: "disabled",
    mcp_servers: {},
    "tools.update_plan.enabled": false,
  };
  const naming = startThread({ model: "m", config, ephemeral: true, historyMode: null, threadSource: "thread_title" });
  const title = threadIdOf(await server.request("thread/start", naming));
  await server.request("turn/start", startTurn({ threadId: title, input: words("Name it.") }));
  expect(await server.until(turnEnded(title))).toMatchObject({ params: { turn: { status: "completed" } } });
  expect(isServed(await server.request("thread/unsubscribe", { threadId: title }))).toBe(true);
  expect(isServed(await server.request("thread/name/set", { threadId, name: "Say hello" }))).toBe(true);

  expect(sessionErrors(server.session) ?? []).toEqual([]);
  model.assertExhausted();
});
