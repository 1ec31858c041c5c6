import { answer, functionCall, message } from "../../../src/demo/script.ts";
import { shakeHands } from "../../../src/extension/handshake.ts";
import { createSession } from "../../../src/extension/session.ts";
import type { ServerMethods } from "../../../src/protocol/methods.ts";
import type { Handlers } from "../../../src/rpc/connection.ts";
import type { Scene } from "./scenes.ts";

const added = "*** Begin Patch\n*** Add File: new.txt\n+hello\n*** End Patch\n";
const changed = "*** Begin Patch\n*** Update File: new.txt\n@@\n-hello\n+good day\n*** End Patch\n";
const plan = [
  { step: "Write it", status: "completed" },
  { step: "Change it", status: "in_progress" },
];

/** The extension's own session and handshake: a reviewed change, a declined one, another mode, a turn that is stopped, a thread that comes back. */
export const extension: Scene = {
  name: "extension",
  answers: [
    answer(functionCall("update_plan", { plan }), functionCall("apply_patch", { input: added })),
    answer(message("Written.")),
    answer(functionCall("apply_patch", { input: changed })),
    answer(message("Left as it is.")),
    { kind: "stream", items: [message("This takes its time.")], ending: { kind: "hang", afterEvents: 6 } },
    answer(message("Another one.")),
    answer(message("I only look.")),
  ],
  async play({ transport, surroundings }) {
    const completed: string[] = [];
    const waiting = new Map<string, () => void>();
    const heard = { delta: Promise.withResolvers<null>() };
    let decision: "accept" | "decline" = "accept";
    const onServerRequest: Handlers<ServerMethods> = {
      "item/commandExecution/requestApproval": async () => ({ decision: "decline" }),
      "item/fileChange/requestApproval": async ({ turnwright }) => ({
        decision,
        turnwright: { files: (turnwright?.files ?? []).map(({ path }) => ({ path, decision })) },
      }),
      "editor/applyEdit": async () => ({ status: "refused", message: "The editor has no such document." }),
    };
    const { connection } = await shakeHands(transport, {
      version: "0.1.0",
      onServerRequest,
      onNotification(notification) {
        session.observe(notification);
        if (notification.method === "item/agentMessage/delta") heard.delta.resolve(null);
        if (notification.method !== "turn/completed") return;
        const { id } = notification.params.turn;
        completed.push(id);
        waiting.get(id)?.();
      },
      log: () => undefined,
    });
    const stored = new Map<string, string>();
    const session = createSession({
      server: { connect: async () => connection },
      store: {
        get: (key) => stored.get(key),
        set(key, value) {
          if (value === undefined) stored.delete(key);
          else stored.set(key, value);
        },
      },
      workplace: {
        isTrusted: () => true,
        folders: () => [{ path: surroundings.cwd, name: "workspace" }],
        emptyFolder: async () => surroundings.cwd,
      },
      defaultMode: () => "ask",
      editor: () => ({ activePath: `${surroundings.cwd}/a.ts`, selection: null, openPaths: [] }),
      configuredModel: () => null,
      confirmFullAccess: async () => false,
      changed: () => undefined,
    });
    const done = (turnId: string): Promise<void> =>
      completed.includes(turnId) ? Promise.resolve() : new Promise((resolve) => waiting.set(turnId, resolve));

    const first = await session.submit("Write new.txt.");
    await done(first.turnId);
    decision = "decline";
    await done((await session.submit("Change it.")).turnId);
    await session.setMode("agent");
    heard.delta = Promise.withResolvers<null>();
    const third = await session.submit("Tell me everything.");
    await heard.delta.promise;
    await session.stop();
    await done(third.turnId);
    session.newThread();
    await done((await session.submit("Something else.")).turnId);
    await session.setMode("plan");
    await done((await session.submit("Look at it.")).turnId);
    await session.resume(first.threadId);
    await connection.request("thread/read", { threadId: first.threadId, includeTurns: true });
    await connection.request("account/login/start", { type: "apiKey", apiKey: "sk-recorded-key", storage: "memory" });
  },
};
