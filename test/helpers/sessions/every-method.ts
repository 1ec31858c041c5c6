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
  await client.request("thread/archive", { threadId });
  await client.request("thread/list", { archived: true });
  await client.ask("thread/resume", { threadId });
  await client.request("thread/unarchive", { threadId });
  await client.request("thread/resume", { threadId, excludeTurns: true });
  await client.request("thread/unsubscribe", { threadId });
  await client.request("thread/delete", { threadId });
  await client.until("thread/deleted", threadId);
}

async function turns(place: Place): Promise<void> {
  const { client } = place;
  const threadId = await startThread(place);
  const input = [{ type: "text", text: "Take your time." }];
  const started = await client.request("turn/start", { threadId, input, collaborationMode: { mode: "default" } });
  const turnId = StartedTurn.parse(started).turn.id;
  await client.until("item/agentMessage/delta", threadId);
  await client.request("turn/steer", { threadId, expectedTurnId: turnId, input: [{ type: "text", text: "Quick!" }] });
  await client.request("turn/interrupt", { threadId, turnId });
  await client.until("turn/completed", threadId);
}

async function configuration({ client, cwd }: Place): Promise<void> {
  await client.request("model/list", {});
  await client.request("config/read", { includeLayers: true, cwd });
  await client.request("account/read", {});
  await client.request("account/login/start", { type: "apiKey", apiKey: "sk-recorded-key", storage: "memory" });
  await client.until("account/login/completed");
  await client.request("account/logout");
}

/** One client that has an answer to each method of the table. A new method gets its call here. */
export const everyMethod: Scene = {
  name: "every-method",
  answers: [
    answer(functionCall("exec_command", { cmd: "echo hello", sandbox_permissions: "require_escalated" })),
    answer(message("Hello.")),
    answer(message("Hello again.")),
    { kind: "stream", items: [message("A long story begins.")], ending: { kind: "hang", afterEvents: 6 } },
  ],
  async play({ transport, surroundings }) {
    const client = plainClient(transport);
    client.answers.set("item/commandExecution/requestApproval", () => ({ decision: "accept" }));
    const clientInfo = { name: "every-method", version: "0.0.1" };
    await client.request("initialize", { clientInfo, capabilities: { experimentalApi: true } });
    client.notify("initialized");
    const place = { client, cwd: surroundings.cwd };
    await configuration(place);
    await threads(place);
    await turns(place);
  },
};
