import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { answer, message } from "../../src/demo/script.ts";
import { startAgent, text } from "../helpers/agent.ts";
import { responsesServer, type TestResponsesServer } from "../helpers/responses-server.ts";

const client = { name: "test", version: "1" };
const full = { sandbox: "danger-full-access", approvalPolicy: "never" } as const;

const words = (model: TestResponsesServer, index: number): string[] => {
  const body = JSON.parse(model.requests[index]?.raw.toString("utf8") ?? '{"input":[]}') as {
    input: { content?: { text?: string }[] }[];
  };
  return body.input.map(({ content = [] }) => content.map(({ text = "" }) => text).join(""));
};

async function writeSkill(root: string, name: string, body: string): Promise<string> {
  const file = path.join(root, ".agents/skills", name, "SKILL.md");
  await fs.mkdir(path.dirname(file), { recursive: true });
  await fs.writeFile(file, `---\nname: ${name}\ndescription: When ${name} is asked for\n---\n\n${body}\n`);
  return file;
}

test("the model hears which skills there are, and is given the one that the user names, once, after the message", async () => {
  await using model = await responsesServer(answer(message("read")), answer(message("again")));
  await using agent = await startAgent(model);
  const file = await writeSkill(agent.cwd, "review", "READ TWICE");
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, client);
  await agent.play(thread.id, "use $review on my changes");
  const first = words(model, 0);
  expect(first.filter((text) => text.includes(`- review: When review is asked for (${file})`))).toHaveLength(1);
  expect(first.at(-2)).toBe("use $review on my changes");
  expect(first.at(-1)).toContain("READ TWICE");
  // What is shown is what the user wrote.
  const [turn] = (await agent.threads.read(thread.id, { includeTurns: true })).turns;
  expect(turn?.items.map(({ type }) => type)).toEqual(["userMessage", "agentMessage"]);
  const skill = { type: "skill", name: "review", path: file } as const;
  await agent.threads.startTurn(thread.id, [{ type: "text", text: "once more", text_elements: [] }, skill], {}, null);
  await agent.until("turnCompleted");
  expect(words(model, 1).at(-1)).toContain("READ TWICE");
});

test("a skill that is not there is refused with those that are, and nothing is recorded", async () => {
  await using model = await responsesServer();
  await using agent = await startAgent(model);
  await writeSkill(agent.cwd, "review", "READ TWICE");
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, client);
  const skill = { type: "skill", name: "deploy", path: "/etc/passwd" } as const;
  await expect(agent.threads.startTurn(thread.id, [skill], {}, null)).rejects.toThrow(
    "There is no skill deploy at this path. The skills here are: review.",
  );
});

test("a skill that is written, or turned off, while a thread runs is known to it with the next message", async () => {
  await using model = await responsesServer(answer(message("read")), answer(message("again")));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, client);
  const own = await writeSkill(agent.home, "review", "OWN");
  const file = await writeSkill(agent.cwd, "review", "READ TWICE");
  const far = path.join(agent.home, "skills/review/SKILL.md");
  await fs.mkdir(path.dirname(far), { recursive: true });
  await fs.copyFile(own, far);
  // Of two with one name the chosen one is meant, and no other.
  const chosen = { type: "skill", name: "review", path: far } as const;
  await agent.threads.startTurn(thread.id, [text("use $review"), chosen], {}, null);
  await agent.until("turnCompleted");
  const first = words(model, 0).join("\n");
  expect(first).toContain("OWN");
  expect(first).not.toContain("READ TWICE");
  const config = path.join(agent.home, "config.toml");
  await fs.appendFile(config, `\n[[skills.config]]\npath = ${JSON.stringify(file)}\nenabled = false\n`);
  const off = { type: "skill", name: "review", path: file } as const;
  await expect(agent.threads.startTurn(thread.id, [off], {}, null)).rejects.toThrow("The skill review is turned off.");
  await agent.play(thread.id, "the $review again");
  expect(words(model, 1).join("\n")).not.toContain("READ TWICE");
});

test("a summary keeps the skills in use, as they are by then", async () => {
  await using model = await responsesServer(
    { ...answer(message("read")), usage: { inputTokens: 60_000 } },
    answer(message("SUMMARY")),
    answer(message("done")),
  );
  await using agent = await startAgent({ url: model.url, config: "model_auto_compact_token_limit = 50000\n" });
  await writeSkill(agent.cwd, "review", "READ TWICE");
  await writeSkill(agent.cwd, "unused", "NEVER SAID");
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, client);
  await agent.play(thread.id, "use $review");
  await writeSkill(agent.cwd, "review", "READ THREE TIMES");
  await agent.play(thread.id, "go on");
  const after = words(model, 2).join("\n");
  expect(after).toContain("READ THREE TIMES");
  expect(after).not.toContain("READ TWICE");
  expect(after).not.toContain("NEVER SAID");
});
