import * as z from "zod";
import { answer, functionCall, message } from "../../../src/demo/script.ts";
import { plainClient, type PlainClient } from "./plain-client.ts";
import type { Scene } from "./scenes.ts";

const Started = z.looseObject({ thread: z.looseObject({ id: z.string() }) });
const StartedTurn = z.looseObject({ turn: z.looseObject({ id: z.string() }) });
const Page = z.looseObject({ nextCursor: z.string().nullish() });

interface Place {
  readonly client: PlainClient;
  readonly cwd: string;
}
const startThread = async ({ client, cwd }: Place): Promise<string> =>
  Started.parse(await client.request("thread/start", { cwd })).thread.id;
const runTurn = async ({ client }: Place, threadId: string, text: string): Promise<void> => {
  await client.request("turn/start", { threadId, input: [{ type: "text", text }] });
  await client.until("turn/completed", threadId);
};

async function threads(place: Place): Promise<void> {
  const { client } = place;
  const threadId = await startThread(place);
  await runTurn(place, threadId, "Hello.");
  await runTurn(place, threadId, "Hello again.");
  await client.request("thread/name/set", { threadId, name: "Greetings" });
  await client.request("thread/loaded/list", {});
  const turns = Page.parse(await client.request("thread/turns/list", { threadId, limit: 1, itemsView: "full" }));
  await client.request("thread/turns/list", { threadId, limit: 1, cursor: turns.nextCursor });
  await client.request("thread/items/list", { threadId, limit: 2 });
  await client.request("thread/read", { threadId, includeTurns: true });
  await client.request("thread/list", { cwd: place.cwd });
  await client.request("thread/search", { searchTerm: "Hello" });
  await client.request("thread/searchOccurrences", { threadId, searchTerm: "Hello" });
  await client.request("thread/metadata/update", { threadId, gitInfo: { branch: "main" } });
  await client.request("thread/settings/update", { threadId, effort: "low" });
  await lineage(place, threadId);
  await ownCommand(place, threadId);
  await client.request("thread/archive", { threadId });
  await client.request("thread/list", { archived: true });
  await client.ask("thread/resume", { threadId });
  await client.request("thread/unarchive", { threadId });
  await client.request("thread/resume", { threadId, excludeTurns: true, initialTurnsPage: { limit: 1 } });
  await client.request("thread/unsubscribe", { threadId });
  await client.request("thread/delete", { threadId });
  await client.until("thread/deleted", threadId);
}

const Turns = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });

/** The thread has two turns. */
async function lineage({ client }: Place, threadId: string): Promise<void> {
  const turns = Turns.parse(await client.request("thread/turns/list", { threadId }));
  const [second, first] = turns.data.map(({ id }) => id);
  const forked = await client.request("thread/fork", { threadId, lastTurnId: first, excludeTurns: true });
  await client.request("thread/read", { threadId: Started.parse(forked).thread.id, includeTurns: true });
  const said = { type: "message", role: "user", content: [{ type: "input_text", text: "By the way." }] };
  await client.request("thread/inject_items", { threadId, items: [said] });
  await client.request("thread/revert", { threadId, beforeTurnId: second });
  await client.until("thread/reverted", threadId);
}

/** A command of the user's, and what goes on by itself: nothing. */
async function ownCommand({ client }: Place, threadId: string): Promise<void> {
  await client.request("thread/shellCommand", { threadId, command: "echo mine" });
  await client.until("turn/completed", threadId);
  await client.request("thread/compact/start", { threadId });
  await client.until("turn/completed", threadId);
  await client.request("thread/backgroundTerminals/list", { threadId });
  await client.request("thread/backgroundTerminals/terminate", { threadId, processId: "1" });
  await client.request("thread/backgroundTerminals/clean", { threadId });
}

const Queued = z.looseObject({ queuedSubmission: z.looseObject({ id: z.string() }) });

/** Behind a turn that runs. One message is left. */
async function queue({ client }: Place, threadId: string): Promise<void> {
  const say = (text: string) => [{ type: "text", text }];
  const add = async (clientUserMessageId: string): Promise<string> => {
    const message = { threadId, clientUserMessageId, input: say(clientUserMessageId) };
    return Queued.parse(await client.request("thread/queue/add", message)).queuedSubmission.id;
  };
  const [first, second] = [await add("first"), await add("second")];
  await client.request("thread/queue/reorder", { threadId, queuedSubmissionIds: [second, first] });
  await client.request("thread/queue/update", { threadId, queuedSubmissionId: second, input: say("Later.") });
  await client.request("thread/queue/list", { threadId });
  await client.request("thread/queue/delete", { threadId, queuedSubmissionId: first });
}

async function turns(place: Place): Promise<void> {
  const { client } = place;
  const threadId = await startThread(place);
  const input = [{ type: "text", text: "Take your time." }];
  const started = await client.request("turn/start", { threadId, input, collaborationMode: { mode: "default" } });
  const turnId = StartedTurn.parse(started).turn.id;
  await client.until("item/agentMessage/delta", threadId);
  await client.request("turn/steer", { threadId, expectedTurnId: turnId, input: [{ type: "text", text: "Quick!" }] });
  await client.request("turn/settings/update", { threadId, turnId, effort: "low" });
  await queue(place, threadId);
  await client.request("turn/interrupt", { threadId, turnId });
  await client.until("turn/completed", threadId);
  await client.request("thread/queue/start", { threadId });
  await client.until("turn/completed", threadId);
}

async function configuration({ client, cwd }: Place): Promise<void> {
  await client.request("model/list", {});
  await client.request("modelProvider/list", {});
  await client.request("turnwright/localModels/list");
  await client.request("modelProvider/capabilities/read", {});
  await client.request("permissionProfile/list", {});
  await client.request("experimentalFeature/list", {});
  await client.request("collaborationMode/list", {});
  await client.request("config/read", { includeLayers: true, cwd });
  await client.request("configRequirements/read");
  const effort = { keyPath: "model_reasoning_effort", mergeStrategy: "replace" };
  await client.request("config/value/write", { ...effort, value: "low" });
  await client.request("config/batchWrite", { edits: [{ ...effort, value: null }] });
  await client.ask("config/value/write", { ...effort, keyPath: "sandbox_mode", value: "none" });
}

async function library({ client, cwd }: Place, home: string): Promise<void> {
  const skill = `${cwd}/.agents/skills/review`;
  await client.request("fs/createDirectory", { path: skill });
  const head = "---\nname: review\ndescription: How we review\n---\n\nRead twice.\n";
  await client.request("fs/writeFile", {
    path: `${skill}/SKILL.md`,
    dataBase64: Buffer.from(head).toString("base64"),
  });
  await client.request("skills/list", { cwds: [cwd] });
  await client.request("skills/config/write", { name: "review", enabled: false });
  await client.until("skills/changed");
  await client.request("skills/config/write", { name: "review", enabled: true });
  await client.request("fs/remove", { path: `${cwd}/.agents` });
  // The state directory is closed to fs/*, not to the user's own commands.
  const script = 'mkdir "$1/prompts" && echo "Check \\$1." > "$1/prompts/check.md"';
  const sandboxPolicy = { type: "dangerFullAccess" };
  await client.request("command/exec", { command: ["sh", "-c", script, "sh", home], cwd, sandboxPolicy });
  await client.request("turnwright/prompts/list", { cwd });
  const path = `${home}/prompts/check.md`;
  await client.request("turnwright/prompts/expand", { cwd, path, arguments: "this" });
}

async function account({ client }: Place): Promise<void> {
  await client.request("account/read", {});
  await client.request("account/login/start", { type: "apiKey", apiKey: "sk-recorded-key", storage: "memory" });
  await client.until("account/login/completed");
  await client.request("account/login/cancel", { loginId: "01a1f7ca-0000-7000-8000-000000000000" });
  await client.request("account/gatewayOAuth/read", {});
  await client.ask("account/gatewayOAuth/login", { deviceAuth: true });
  await client.request("account/gatewayOAuth/cancel");
  await client.request("getAuthStatus", {});
  await client.request("account/logout");
}

async function files({ client, cwd }: Place): Promise<void> {
  const [folder, file] = [`${cwd}/notes`, `${cwd}/notes/first.txt`];
  await client.request("fs/createDirectory", { path: folder });
  await client.request("fs/watch", { path: folder, watchId: "notes" });
  await client.request("fs/writeFile", { path: file, dataBase64: "aGVsbG8K" });
  await client.until("fs/changed");
  await client.request("fs/unwatch", { watchId: "notes" });
  await client.request("fs/readFile", { path: file });
  await client.request("fs/getMetadata", { path: file });
  await client.request("fs/copy", { sourcePath: file, destinationPath: `${folder}/second.txt` });
  await client.request("fs/readDirectory", { path: folder });
  await client.ask("fs/readFile", { path: `${folder}/none.txt` });
  await client.request("fuzzyFileSearch", { query: "first", roots: [cwd] });
  await client.request("fuzzyFileSearch/sessionStart", { sessionId: "s", roots: [cwd] });
  await client.request("fuzzyFileSearch/sessionUpdate", { sessionId: "s", query: "first" });
  await client.until("fuzzyFileSearch/sessionCompleted");
  await client.request("fuzzyFileSearch/sessionStop", { sessionId: "s" });
  await client.request("fs/remove", { path: folder });
}

async function commands({ client, cwd }: Place): Promise<void> {
  const sandboxPolicy = { type: "dangerFullAccess" };
  await client.request("command/exec", { command: ["echo", "hello"], cwd, sandboxPolicy });
  const processId = "cat";
  const streamed = { streamStdin: true, streamStdoutStderr: true };
  const ended = client.request("command/exec", { command: ["cat"], cwd, processId, sandboxPolicy, ...streamed });
  await client.request("command/exec/write", { processId, deltaBase64: "aGVsbG8K" });
  await client.until("command/exec/outputDelta");
  await client.ask("command/exec/resize", { processId, size: { rows: 24, cols: 80 } });
  await client.request("command/exec/terminate", { processId });
  await ended;
}

/** A commit that a remote has, and a file that is new. */
const repository = [
  "git init -q --bare ../origin.git",
  "git init -q .",
  "git -c user.name=A -c user.email=a@example.org commit -q --allow-empty -m First",
  "git remote add origin ../origin.git",
  "git push -q origin HEAD:main",
  "git fetch -q origin",
  "echo new > new.txt",
].join(" && ");

async function git({ client, cwd }: Place): Promise<void> {
  const folder = `${cwd}/repository`;
  await client.request("fs/createDirectory", { path: folder });
  const command = ["sh", "-c", repository];
  await client.request("command/exec", { command, cwd: folder, sandboxPolicy: { type: "dangerFullAccess" } });
  await client.request("gitDiffToRemote", { cwd: folder });
}

const limits = { "x-ratelimit-limit-tokens": "1000", "x-ratelimit-remaining-tokens": "900" };

/** One client that has an answer to each method of the table. A new method gets its call here. */
export const everyMethod: Scene = {
  name: "every-method",
  answers: [
    answer(functionCall("exec_command", { cmd: "touch hello", sandbox_permissions: "require_escalated" })),
    answer(message("Hello.")),
    { ...answer(message("Hello again.")), headers: limits },
    answer(message("Two greetings were exchanged.")),
    { kind: "stream", items: [message("A long story begins.")], ending: { kind: "hang", afterEvents: 6 } },
    answer(message("Here I am again.")),
  ],
  async play({ transport, surroundings }) {
    const client = plainClient(transport);
    client.answers.set("item/commandExecution/requestApproval", () => ({ decision: "accept" }));
    const clientInfo = { name: "every-method", version: "0.0.1" };
    await client.request("initialize", { clientInfo, capabilities: { experimentalApi: true } });
    client.notify("initialized");
    const place = { client, cwd: surroundings.cwd };
    await configuration(place);
    await account(place);
    await files(place);
    await commands(place);
    await git(place);
    await library(place, surroundings.home);
    await threads(place);
    await turns(place);
    await client.request("account/rateLimits/read");
  },
};
