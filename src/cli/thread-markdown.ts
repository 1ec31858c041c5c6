import { stripVTControlCharacters } from "node:util";
import { type AnyItem, type FileUpdateChange, isKnownItem, type ItemOf } from "../protocol/items.ts";
import type { UserInput } from "../protocol/settings.ts";
import type { Thread } from "../protocol/threads.ts";
import type { Turn } from "../protocol/turns.ts";

/** A thread as Markdown, for people: what was said, the commands with their outcome, the changes as diffs. Pure. */
export function threadMarkdown(thread: Thread): string {
  const git = thread.gitInfo ?? null;
  const at = [git?.branch, git?.sha?.slice(0, 12)].filter((part) => typeof part === "string").join(" at ");
  const facts = [
    `- Thread: ${codeSpan(thread.id)}`,
    `- Folder: ${codeSpan(thread.cwd)}`,
    `- Model: ${codeSpan(`${thread.model ?? "unknown"} (${thread.modelProvider})`)}`,
    `- Begun: ${timeOf(thread.createdAt)}, last changed: ${timeOf(thread.updatedAt)}`,
    ...(at === "" ? [] : [`- Git: ${codeSpan(at)}`]),
  ];
  const turns = thread.turns.flatMap((turn, index) => turnBlocks(turn, index + 1));
  return `${[`# ${titleOf(thread)}`, facts.join("\n"), ...turns].join("\n\n")}\n`;
}

/** The name of a thread, or its first words, on one line. */
function titleOf({ name, preview }: Thread): string {
  const line = oneLine(name ?? preview);
  const title = line.length > 100 ? `${line.slice(0, 100).toWellFormed()}...` : line;
  return title === "" ? "Thread" : title.replace(/[\\`*_[\]<>#]/g, "\\$&");
}

function turnBlocks(turn: Turn, number: number): string[] {
  const when = turn.startedAt === null || turn.startedAt === undefined ? "" : ` (${timeOf(turn.startedAt)})`;
  const blocks = [`## Turn ${number}${when}`, ...turn.items.flatMap(itemBlocks)];
  if (turn.status === "failed")
    blocks.push(`**The turn failed:** ${oneLine(turn.error?.message ?? "no reason is known")}`);
  if (turn.status === "interrupted") blocks.push("**The turn was interrupted.**");
  if (turn.status === "inProgress") blocks.push("**The turn is still running.**");
  return blocks;
}

function itemBlocks(item: AnyItem): string[] {
  if (!isKnownItem(item)) return [`**${oneLine(item.type)}**`, fence("json", JSON.stringify(item, null, 2))];
  switch (item.type) {
    case "userMessage":
      return ["### User", quote(item.content.map(inputText).join("\n"))];
    case "agentMessage":
      if (item.text.trim() === "") return [];
      return [item.phase === "partial_answer" ? "### Agent (cut off)" : "### Agent", prose(item.text)];
    case "reasoning": {
      const text = item.summary.join("\n\n").trim();
      return text === "" ? [] : ["### Reasoning", quote(text)];
    }
    case "commandExecution":
      return commandBlocks(item);
    case "fileChange":
      return [
        `### Changes${item.status === "completed" ? "" : ` (${item.status})`}`,
        ...item.changes.flatMap((change) => [changeTitle(change), fence("diff", change.diff)]),
      ];
    case "webSearch":
      return ["### Web search", quote(item.query)];
    case "contextCompaction":
      return ["*Earlier parts of the conversation were condensed for the model here.*"];
    default:
      return item satisfies never;
  }
}

function commandBlocks(item: ItemOf<"commandExecution">): string[] {
  const exit = typeof item.exitCode === "number" ? `exit code ${item.exitCode}` : item.status;
  const took = typeof item.durationMs === "number" ? `, ${(item.durationMs / 1000).toFixed(1)} s` : "";
  const output = item.aggregatedOutput ?? "";
  return [`### Command (${exit}${took})`, fence("console", `$ ${item.command}\n${output}`)];
}

function changeTitle({ path, kind }: FileUpdateChange): string {
  switch (kind.type) {
    case "add":
      return `**Added** ${codeSpan(path)}`;
    case "delete":
      return `**Deleted** ${codeSpan(path)}`;
    case "update":
      return typeof kind.move_path === "string"
        ? `**Moved** ${codeSpan(path)} to ${codeSpan(kind.move_path)}`
        : `**Changed** ${codeSpan(path)}`;
    default:
      return kind satisfies never;
  }
}

function inputText(part: UserInput): string {
  switch (part.type) {
    case "text":
      return part.text;
    case "image":
      return "[image]";
    case "localImage":
      return `[image: ${oneLine(part.path)}]`;
    default:
      return `[${part.type}]`;
  }
}

/** A block of code that nothing in it can end. */
function fence(language: string, text: string): string {
  const body = printable(text).replace(/\n+$/, "");
  const longest = Math.max(2, ...Array.from(body.matchAll(/`+/g), ([run]) => run.length));
  const marks = "`".repeat(longest + 1);
  return `${marks}${language}\n${body}\n${marks}`;
}

function codeSpan(text: string): string {
  const line = oneLine(text);
  const marks = "`".repeat(Math.max(0, ...Array.from(line.matchAll(/`+/g), ([run]) => run.length)) + 1);
  return line.includes("`") ? `${marks} ${line} ${marks}` : `${marks}${line}${marks}`;
}

const quote = (text: string): string =>
  printable(text)
    .trim()
    .split("\n")
    .map((line) => (line === "" ? ">" : `> ${line}`))
    .join("\n");

/** Markdown as the model wrote it; what it left open would swallow the rest of the document, and is kept together by a quotation. */
const prose = (text: string): string => (isClosed(text) ? printable(text).trim() : quote(text));

function isClosed(text: string): boolean {
  let open: string | null = null;
  for (const line of text.split("\n")) {
    const [, marks = "", rest = ""] =
      /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line.replace(/^(?:\s*(?:[-*+>]|\d+[.)]) ?)*/, "")) ?? [];
    if (marks === "") continue;
    if (open === null) open = marks;
    else if (marks.startsWith(open) && rest.trim() === "") open = null;
  }
  return open === null && text.lastIndexOf("<!--") <= text.lastIndexOf("-->");
}

const oneLine = (text: string): string => printable(text).replace(/\s+/g, " ").trim();

/** Without what a terminal would take for a command. */
const printable = (text: string): string =>
  stripVTControlCharacters(text.replaceAll("\r\n", "\n")).replace(/[^\P{Cc}\n\t]/gu, "");

const timeOf = (seconds: number): string => {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? "unknown" : date.toISOString().replace("T", " ").replace(".000Z", " UTC");
};
