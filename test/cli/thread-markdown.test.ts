import { expect, test } from "vitest";
import { threadMarkdown } from "../../src/cli/thread-markdown.ts";
import type { AnyItem } from "../../src/protocol/items.ts";
import { Thread } from "../../src/protocol/threads.ts";

const threadOf = (items: readonly AnyItem[], more: Partial<Thread> = {}) =>
  Thread.parse({
    id: "01a1f7ca-0000-7000-8000-000000000000",
    sessionId: "s",
    preview: "first words",
    ephemeral: false,
    projectId: null,
    modelProvider: "openai",
    model: "gpt",
    createdAt: 1_795_158_595,
    updatedAt: 1_795_158_600,
    status: { type: "notLoaded" },
    cwd: "/repo",
    cliVersion: "0",
    source: "vscode",
    name: "A `name`\nwith <b>",
    gitInfo: { sha: "0123456789abcdef", branch: "main" },
    turns: [{ id: "t", items, status: "completed", itemsView: "full", error: null, startedAt: 1_795_158_595 }],
    ...more,
  });

const user = (text: string): AnyItem => ({
  type: "userMessage",
  id: "u",
  content: [{ type: "text", text, text_elements: [] }],
});
const agent = (text: string): AnyItem => ({ type: "agentMessage", id: "a", text });
const bodyOf = (...items: AnyItem[]): string => threadMarkdown(threadOf(items)).split("UTC)\n\n")[1] ?? "";

test("a thread begins with its name and what it ran under", () => {
  expect(threadMarkdown(threadOf([]))).toBe(
    [
      "# A \\`name\\` with \\<b\\>",
      "",
      "- Thread: `01a1f7ca-0000-7000-8000-000000000000`",
      "- Folder: `/repo`",
      "- Model: `gpt (openai)`",
      "- Begun: 2026-11-20 07:09:55 UTC, last changed: 2026-11-20 07:10:00 UTC",
      "- Git: `main at 0123456789ab`",
      "",
      "## Turn 1 (2026-11-20 07:09:55 UTC)",
      "",
    ].join("\n"),
  );
});

test("what the user wrote is quoted, what the agent wrote stays as it is", () => {
  expect(bodyOf(user("# Do\n\n```\nthis"), agent("Done:\n\n```ts\nx\n```"))).toBe(
    "### User\n\n> # Do\n>\n> ```\n> this\n\n### Agent\n\nDone:\n\n```ts\nx\n```\n",
  );
});

test.each(["```ts\nnever closed", "~~~~\nx\n~~~", "- a list\n  ```\n  x", "text <!-- and no more"])(
  "an answer that leaves something open cannot swallow what follows: %j",
  (text) => {
    expect(bodyOf(agent(text))).toBe(`### Agent\n\n${text.replace(/^/gm, "> ")}\n`);
  },
);

test("output and diffs stand in fences that nothing in them ends, without commands to a terminal", () => {
  const body = bodyOf(
    {
      type: "commandExecution",
      id: "c",
      command: "cat README.md",
      cwd: "/repo",
      source: "agent",
      status: "failed",
      commandActions: [],
      aggregatedOutput: "````md\r\n\u001b[31mred\u001b[0m\u0007\n````\n",
      exitCode: 3,
      durationMs: 1234,
    },
    {
      type: "fileChange",
      id: "f",
      status: "completed",
      changes: [{ path: "/repo/a`b", kind: { type: "update", move_path: null }, diff: "+```\n" }],
    },
  );
  expect(body).toBe(
    [
      "### Command (exit code 3, 1.2 s)",
      "`````console\n$ cat README.md\n````md\nred\n````\n`````",
      "### Changes",
      "**Changed** `` /repo/a`b ``",
      "````diff\n+```\n````\n",
    ].join("\n\n"),
  );
});

test("how a turn ended is said, and items of other kinds are shown plainly", () => {
  const turn = { id: "t", itemsView: "full", items: [{ type: "novel", id: "n" }], startedAt: null } as const;
  const error = { message: "no\nquota" };
  const turns = [
    { ...turn, status: "failed", error },
    { ...turn, items: [], status: "interrupted", error: null },
  ] as Thread["turns"];
  expect(threadMarkdown(threadOf([], { turns })).split("## Turn 1\n\n")[1]).toBe(
    [
      "**novel**",
      '```json\n{\n  "type": "novel",\n  "id": "n"\n}\n```',
      "**The turn failed:** no quota",
      "## Turn 2",
      "**The turn was interrupted.**\n",
    ].join("\n\n"),
  );
});
