import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { stateDirectory } from "../core/config/home.ts";
import { ThreadRequestError, type Threads } from "../core/thread/threads.ts";
import type { Thread } from "../protocol/threads.ts";
import { loadCore } from "./core.ts";
import { Misuse, parsed } from "./misuse.ts";
import { oneLine } from "./terminal-text.ts";
import { threadMarkdown } from "./thread-markdown.ts";

const usage = `usage: turnwright thread list [--json] [--cwd DIR] [--archived] [--limit N] [--search TERM]
       turnwright thread export ID [--format markdown|json] [-o FILE]
       turnwright thread prompt ID [--calls I,J | --body I]
`;

const usualLimit = 25;
const maxLimit = 100_000;
/** Threads asked for at once. */
const pageSize = 100;

/**
 * `turnwright thread`: lists the threads of the home, writes one of them out, or shows what was sent to its model. Only reads: threads that are open in a window, and archived ones,
 * are listed and exported like others.
 */
export async function runThread([command, ...args]: readonly string[]): Promise<number> {
  // Whoever reads us may have seen enough.
  process.stdout.on("error", () => process.exit(0));
  try {
    if (command === "list") return await withThreads(listOf(args));
    if (command === "export") return await withThreads(exportOf(args));
    if (command === "prompt") return await withThreads((await import("./thread-prompt.ts")).promptOf(args));
    throw new Misuse(command === undefined ? "which command?" : `there is no command ${JSON.stringify(command)}`);
  } catch (error) {
    if (!(error instanceof Misuse) && !(error instanceof ThreadRequestError)) throw error;
    const isMisuse = error instanceof Misuse;
    process.stderr.write(`turnwright thread: ${error.message}\n${isMisuse ? usage : ""}`);
    return isMisuse ? 2 : 1;
  }
}

async function withThreads(work: (threads: Threads) => Promise<void>): Promise<number> {
  const core = await loadCore({ home: stateDirectory(process.env), overrides: [] })();
  const nobody = async (): Promise<never> => {
    throw new Error("nobody is here to be asked");
  };
  const approvals = { askCommand: nobody, askFiles: nobody, editor: () => null };
  const threads = await core.createThreads({ approvals, onEvent: () => undefined, isFollowed: () => true });
  try {
    await work(threads);
    return 0;
  } finally {
    await threads.close();
  }
}

/** @throws Misuse */
function listOf(args: readonly string[]): (threads: Threads) => Promise<void> {
  const { values } = parsed(() =>
    parseArgs({
      args: [...args],
      options: {
        json: { type: "boolean" },
        cwd: { type: "string" },
        archived: { type: "boolean" },
        limit: { type: "string" },
        search: { type: "string" },
      },
    }),
  );
  const limit = values.limit === undefined ? usualLimit : Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw new Misuse(`--limit takes a number from 1 to ${maxLimit}, not ${values.limit ?? ""}`);
  }
  const cwd = values.cwd === undefined ? null : resolve(values.cwd);
  return async (threads) => {
    const found = await collect(threads, {
      limit,
      cwd,
      archived: values.archived ?? false,
      term: values.search ?? null,
    });
    if (values.json === true) for (const { thread } of found) print(`${JSON.stringify(thread)}\n`);
    else if (found.length === 0) process.stderr.write("There is no such thread.\n");
    else print(table(found));
  };
}

interface Listed {
  readonly thread: Thread;
  /** Where the search term stands. */
  readonly snippet: string | null;
}

/** Newest first by their last change. */
async function collect(
  threads: Threads,
  wanted: {
    readonly limit: number;
    readonly cwd: string | null;
    readonly archived: boolean;
    readonly term: string | null;
  },
): Promise<readonly Listed[]> {
  const found: Listed[] = [];
  const { archived, cwd, limit, term } = wanted;
  let cursor: string | null = null;
  do {
    const page: Page = await pageOf(threads, cursor, archived, cwd, term);
    found.push(...page.data.filter(({ thread }) => cwd === null || thread.cwd === cwd));
    cursor = page.nextCursor;
  } while (cursor !== null && found.length < limit);
  return found.slice(0, limit);
}

interface Page {
  readonly data: readonly Listed[];
  readonly nextCursor: string | null;
}

async function pageOf(
  threads: Threads,
  cursor: string | null,
  archived: boolean,
  cwd: string | null,
  term: string | null,
): Promise<Page> {
  const page = { limit: pageSize, cursor, archived, sortKey: "updated_at" } as const;
  if (term !== null) return threads.search({ ...page, term });
  const { data, nextCursor } = await threads.list({ ...page, cwds: cwd === null ? null : [cwd] });
  return { data: data.map((thread) => ({ thread, snippet: null })), nextCursor };
}

function table(found: readonly Listed[]): string {
  const width = process.stdout.isTTY ? Math.max(60, process.stdout.columns) : Number.POSITIVE_INFINITY;
  return found
    .map(({ thread, snippet }) => {
      const when = localTime(thread.updatedAt);
      const line = `${when}  ${thread.id}  ${oneLine(thread.name ?? thread.preview)}`;
      const lines = snippet === null ? [line] : [line, `${" ".repeat(when.length + 2)}${oneLine(snippet)}`];
      return lines.map((text) => `${cut(text, width)}\n`).join("");
    })
    .join("");
}

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 3).toWellFormed()}...`;

function localTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** @throws Misuse */
function exportOf(args: readonly string[]): (threads: Threads) => Promise<void> {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { format: { type: "string" }, output: { type: "string", short: "o" } },
    }),
  );
  const [id, ...more] = positionals;
  if (id === undefined || more.length > 0) throw new Misuse("export takes the id of one thread");
  const format = values.format ?? "markdown";
  if (format !== "markdown" && format !== "json") throw new Misuse(`--format takes markdown or json, not ${format}`);
  return async (threads) => {
    const thread = await threads.read(id, { includeTurns: true }).catch((error: unknown): never => {
      const isUnknown = error instanceof ThreadRequestError && ["notFound", "notLoaded"].includes(error.reason);
      throw isUnknown ? new ThreadRequestError("notFound", `there is no thread ${id}`) : error;
    });
    const text = format === "json" ? `${JSON.stringify(thread, null, 2)}\n` : threadMarkdown(thread);
    if (values.output === undefined) return print(text);
    const file = resolve(values.output);
    await writeFile(file, text, { mode: 0o600 }).catch((error: unknown): never => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ThreadRequestError("badInput", `the thread cannot be written: ${reason}`);
    });
  };
}

const print = (text: string): void => {
  process.stdout.write(text);
};
