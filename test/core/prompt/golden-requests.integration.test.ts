import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { familyInstructions } from "../../../src/core/prompt/base-instructions.ts";
import { toolSpecs } from "../../../src/core/tools/index.ts";
import { answer, functionCall, message, reasoning } from "../../../src/demo/script.ts";
import { type Agent, startAgent, text } from "../../helpers/agent.ts";
import { chatServer, chatToolCall } from "../../helpers/chat-server.ts";
import { compactingServer, responsesServer, type TestResponsesServer } from "../../helpers/responses-server.ts";

/*
 * Bodies of requests as they are sent, a file each in test/golden/requests, for reviewers: a change of what models see is a change of these
 * files. `npx vitest run --project integration test/core/prompt/golden-requests -u` writes them anew.
 */

const me = { name: "test", version: "1" };
const full = { sandbox: "danger-full-access", approvalPolicy: "never" } as const;

/** Keeps the order of members; what differs from run to run, or from machine to machine, is named. */
function normalized(raw: string, { cwd, home }: Pick<Agent, "cwd" | "home">, threadId: string): string {
  const words: readonly (readonly [RegExp | string, string])[] = [
    [cwd, "{cwd}"],
    [home, "{home}"],
    [threadId, "{thread}"],
    [/<shell>[^<]*<\/shell>/g, "<shell>{shell}</shell>"],
    [/<current_date>[^<]*<\/current_date>/g, "<current_date>{date}</current_date>"],
    [/<timezone>[^<]*<\/timezone>/g, "<timezone>{timezone}</timezone>"],
    [/\b\d+\.\d+ seconds/g, "{seconds} seconds"],
    [/(Chunk ID: )[0-9a-f]+/g, "$1{chunk}"],
  ];
  return words.reduce((all, [from, to]) => all.replaceAll(from, to), raw);
}

/** What is the same in all of them stands in one. */
const shared: Readonly<Record<string, unknown>> = {
  instructions: familyInstructions("general"),
  tools: toolSpecs({ patchTool: "function" }),
};

async function expectGolden(name: string, raw: Buffer | string | undefined, agent: Agent, id: string): Promise<void> {
  const body = JSON.parse(normalized(String(raw), agent, id)) as Record<string, unknown>;
  for (const [member, content] of Object.entries(shared)) {
    if (name !== "first-call" && JSON.stringify(body[member]) === JSON.stringify(content)) {
      body[member] = "as in first-call.json";
    }
  }
  const file = path.join(import.meta.dirname, `../../golden/requests/${name}.json`);
  await expect(`${JSON.stringify(body, null, 2)}\n`).toMatchFileSnapshot(file);
}

/** A workspace with these files; a name that begins with `~/` is one of the home. */
async function withFiles(agent: Agent, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = name.startsWith("~/") ? path.join(agent.home, name.slice(2)) : path.join(agent.cwd, name);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, content);
  }
}

const start = async (agent: Agent, overrides: Parameters<Agent["threads"]["start"]>[0] = full): Promise<string> =>
  (await agent.threads.start({ cwd: agent.cwd, ...overrides }, me)).thread.id;
const raw = (model: TestResponsesServer, index: number) => model.requests[index]?.raw;

test("first call", async () => {
  await using model = await responsesServer(message("Hello."));
  await using agent = await startAgent({ url: model.url, config: 'developer_instructions = "Be kind."\n' });
  await withFiles(agent, { ".git/HEAD": "", "AGENTS.md": "Doors are painted twice.\n" });
  const id = await start(agent, { sandbox: "workspace-write", approvalPolicy: "on-request" });
  await agent.play(id, "Paint the door.");
  await expectGolden("first-call", raw(model, 0), agent, id);
});

test("tool round", async () => {
  await using model = await responsesServer(
    answer(
      reasoning("**Looking**"),
      message("I look.", "commentary"),
      functionCall("exec_command", { cmd: "echo one; exit 3" }),
      functionCall("apply_patch", { input: "*** Begin Patch\n*** Add File: a.txt\n+a\n*** End Patch" }),
      functionCall("no_such_tool", {}),
    ),
    message("Done."),
  );
  await using agent = await startAgent(model);
  const id = await start(agent);
  await agent.play(id, "Look.");
  await expectGolden("tool-round", raw(model, 1), agent, id);
});

test("AGENTS.md in four places, with an override and the limit", async () => {
  await using model = await responsesServer(message("Hello."));
  const config = 'project_doc_max_bytes = 60\nproject_doc_fallback_filenames = ["CLAUDE.md"]\n';
  await using agent = await startAgent({ url: model.url, config });
  await withFiles(agent, {
    "~/AGENTS.md": "Rules of the home, which do not count.",
    ".git/HEAD": "",
    "AGENTS.md": "Rules of the root.",
    "one/AGENTS.md": "Not these.",
    "one/AGENTS.override.md": "Rules of one, over others.",
    "one/two/CLAUDE.md": "Rules of two, of which the end is over the limit.",
    "one/two/three/AGENTS.md": "Rules of three, which are not read any more.",
  });
  const id = await start(agent, { ...full, cwd: path.join(agent.cwd, "one/two/three") });
  await agent.play(id, "Hello.");
  await expectGolden("agents-md", raw(model, 0), agent, id);
});

test("skills", async () => {
  await using model = await responsesServer(message("Hello."));
  await using agent = await startAgent(model);
  await withFiles(agent, {
    ".git/HEAD": "",
    "~/skills/greet/SKILL.md": "---\nname: greet\ndescription: How to greet\n---\nSay hello.\n",
    ".agents/skills/paint/SKILL.md": "---\nname: paint\ndescription: How to paint doors\n---\nPaint twice.\n",
  });
  const id = await start(agent);
  await agent.play(id, "Use $paint for the door.");
  await expectGolden("skills", raw(model, 0), agent, id);
});

test("change of the folder", async () => {
  await using model = await responsesServer(message("One."), message("Two."));
  await using agent = await startAgent(model);
  await withFiles(agent, { ".git/HEAD": "", "AGENTS.md": "Rules of the root.", "inner/AGENTS.md": "Rules inside." });
  const id = await start(agent, { sandbox: "workspace-write", approvalPolicy: "never" });
  await agent.play(id, "One.");
  await agent.threads.updateSettings(id, { cwd: path.join(agent.cwd, "inner") });
  await agent.play(id, "Two.");
  await expectGolden("cwd-change", raw(model, 1), agent, id);
});

test("change of sandbox, policy and mode", async () => {
  await using model = await responsesServer(message("One."), message("Two."), message("Three."));
  await using agent = await startAgent(model);
  const id = await start(agent);
  await agent.play(id, "One.");
  await agent.threads.updateSettings(id, {
    sandboxPolicy: { type: "readOnly", networkAccess: false },
    approvalPolicy: "on-request",
  });
  await agent.play(id, "Two.");
  await agent.threads.updateSettings(id, { collaborationMode: { mode: "plan" } });
  await agent.play(id, "Three.");
  await expectGolden("policy-change", raw(model, 2), agent, id);
});

test("what is open in the editor", async () => {
  await using model = await responsesServer(message("One."), message("Two."), message("Three."), message("Four."));
  await using agent = await startAgent(model);
  const id = await start(agent);
  const editor = {
    activePath: path.join(agent.cwd, "src/door.ts"),
    selection: null,
    openPaths: [path.join(agent.cwd, "src/hinge.ts")],
  };
  const selected = { ...editor, selection: { firstLine: 3, lastLine: 9 } };
  for (const [words, now] of [
    ["One.", editor],
    ["Two.", editor],
    ["Three.", selected],
    ["Four.", undefined],
  ] as const) {
    const turn = await agent.threads.startTurn(id, [text(words)], { editor: now }, null);
    await agent.until("turnCompleted", (event) => event.turn.id === turn.id);
  }
  await expectGolden("editor", raw(model, 3), agent, id);
});

test("images", async () => {
  await using model = await responsesServer(message("A dot."));
  await using agent = await startAgent(model);
  const id = await start(agent);
  const file = path.join(agent.cwd, "dot.png");
  await fs.writeFile(file, "not really a picture");
  const input = [text("What is this?"), { type: "image" as const, url: "data:image/png;base64,AAAA" }];
  const turn = await agent.threads.startTurn(id, [...input, { type: "localImage", path: file }], {}, null);
  await agent.until("turnCompleted", (event) => event.turn.id === turn.id);
  await expectGolden("image", raw(model, 0), agent, id);
});

test("compaction by summary, and by the provider's endpoint", async () => {
  const plan = functionCall("update_plan", { plan: [{ step: "Sand the door", status: "in_progress" }] });
  await using model = await responsesServer(
    answer(plan),
    message("Sanding."),
    message("The door is being sanded."),
    message("Painting."),
  );
  await using agent = await startAgent(model);
  await withFiles(agent, { ".git/HEAD": "", "AGENTS.md": "Doors are painted twice." });
  const id = await start(agent);
  await agent.play(id, "Paint the door.");
  await agent.threads.compact(id, "Keep the colour.");
  await agent.until("turnCompleted");
  await agent.play(id, "Go on.");
  await expectGolden("compaction-summary-asked", raw(model, 2), agent, id);
  await expectGolden("compaction-summary", raw(model, 3), agent, id);

  const asked: unknown[] = [];
  const compact = (body: unknown): object => {
    asked.push(body);
    return { output: [{ type: "compaction", id: "cmp_1", encrypted_content: "c2VjcmV0" }] };
  };
  await using other = await compactingServer(compact, message("Sanding."), message("Painting."));
  await using second = await startAgent(other);
  const config = { "model_providers.test.compact": "endpoint" };
  const otherId = await start(second, { ...full, config });
  await second.play(otherId, "Paint the door.");
  await second.threads.compact(otherId, null);
  await second.until("turnCompleted");
  await second.play(otherId, "Go on.");
  await expectGolden("compaction-endpoint-asked", JSON.stringify(asked[0]), second, otherId);
  await expectGolden("compaction-endpoint", raw(other, 1), second, otherId);
});

test("resume in another process, after a turn that was stopped", async () => {
  await using model = await responsesServer(
    message("One."),
    { kind: "stream", items: [message("A long story that does not end.")], ending: { kind: "hang", afterEvents: 5 } },
    message("Three."),
  );
  await using agent = await startAgent(model);
  const id = await start(agent);
  await agent.play(id, "One.");
  const turn = await agent.threads.startTurn(id, [text("Two.")], {}, null);
  await agent.until("agentMessageDelta", ({ turnId }) => turnId === turn.id);
  await agent.threads.interrupt(id, turn.id);
  await agent.until("turnCompleted", (event) => event.turn.id === turn.id);
  await agent.threads.close();
  await using second = await startAgent({ url: model.url, home: agent.home, cwd: agent.cwd });
  await second.threads.resume(id, {}, me);
  await second.play(id, "Three.");
  await expectGolden("resume", raw(model, 2), second, id);
});

test("Chat Completions", async () => {
  const server = await chatServer(
    [
      { delta: { content: "I look." } },
      chatToolCall("call_a", "exec_command", { cmd: "echo one" }),
      { delta: {}, finish: "tool_calls" },
    ],
    [{ delta: { content: "One." }, finish: "stop" }],
  );
  await using agent = await startAgent(server);
  const id = await start(agent, { ...full, config: { "model_providers.test.wire_api": "chat" } });
  await agent.play(id, "Look.");
  await expectGolden("chat", server.requests[1]?.raw, agent, id);
});
