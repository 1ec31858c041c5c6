import * as z from "zod";
import { answer, functionCall, message, reasoning } from "../../../src/demo/script.ts";
import { plainClient } from "./plain-client.ts";
import type { Scene } from "./scenes.ts";

const Started = z.looseObject({ thread: z.looseObject({ id: z.string() }) });
const escalated = { sandbox_permissions: "require_escalated", justification: "It makes a file." };

/** A client in the manner of other makers: no extension, no experimental method; it talks, is asked about commands, and comes back. */
export const plain: Scene = {
  name: "plain",
  answers: [
    answer(reasoning("**Looking** at it"), functionCall("exec_command", { cmd: "touch hello", ...escalated })),
    answer(message("It is there.")),
    answer(functionCall("exec_command", { cmd: "touch again", ...escalated })),
    answer(message("Then not.")),
    answer(message("As before.")),
  ],
  async play({ transport, surroundings }) {
    const client = plainClient(transport);
    const clientInfo = { name: "plain-client", title: "Plain", version: "0.0.1" };
    await client.request("initialize", { clientInfo });
    client.notify("initialized");
    await client.request("account/read", {});
    await client.request("model/list", { limit: 2 });
    const started = await client.request("thread/start", { cwd: surroundings.cwd, approvalPolicy: "on-request" });
    const threadId = Started.parse(started).thread.id;
    const say = async (text: string, decision: string): Promise<void> => {
      client.answers.set("item/commandExecution/requestApproval", () => ({ decision }));
      await client.request("turn/start", { threadId, input: [{ type: "text", text }] });
      await client.until("turn/completed", threadId);
    };
    await say("Say hello.", "accept");
    await say("Once more.", "decline");
    await client.request("thread/read", { threadId, includeTurns: true });
    await client.request("thread/list", { limit: 10 });
    await client.request("thread/resume", { threadId });
    await say("And now?", "decline");
    await client.ask("turn/interrupt", { threadId, turnId: "none" });
    await client.ask("turn/start", { threadId: "01a1f7ca-0000-7000-8000-000000000000", input: [] });
    await client.ask("turn/start", { threadId, input: [], collaborationMode: { mode: "plan" } });
    await client.ask("thread/bogus", {});
  },
};
