import { once } from "node:events";
import { parseArgs } from "node:util";
import { stateDirectory } from "../core/config/home.ts";
import { type ScriptParser, loadScriptParser } from "../core/exec/policy/grammar.ts";
import { createCommandPolicy, type CommandPolicy } from "../core/exec/policy/policy.ts";
import { createRuleStore } from "../core/exec/policy/rules/store.ts";
import type { Judgement } from "../core/exec/policy/verdict.ts";

const maxLineChars = 1024 * 1024;
const usage = "turnwright policy check [--stdin] [-- CMD...]";

/**
 * `turnwright policy check`: judges a command as one that would run outside the sandbox in this folder, by the rules of the state directory
 * too. Nothing is run.
 *
 * @param args what follows the word `policy`.
 * @returns 0 when something was judged, whatever the verdict; 2 for bad arguments or input, with the reason on stderr.
 */
export async function runPolicy(args: readonly string[]): Promise<number> {
  const request = parse(args);
  if (typeof request === "string") return refuse(`${request}\nusage: ${usage}`);
  let loading: Promise<ScriptParser> | null = null;
  const parser = (): Promise<ScriptParser> => (loading ??= loadScriptParser());
  const policy = createCommandPolicy({
    isPosixShell: true,
    parser,
    rules: createRuleStore({ home: stateDirectory(process.env), parser, lock: async () => null }),
  });
  if (request.isStdin) return checkLines(policy);
  const { verdict, reason, rule, isForbidden } = await policy.judgeWords(request.words, [process.cwd()]);
  process.stdout.write(`${JSON.stringify({ verdict, reason, rule, forbidden: isForbidden })}\n`);
  return 0;
}

/** A string says what is wrong. */
function parse(args: readonly string[]): { readonly isStdin: boolean; readonly words: readonly string[] } | string {
  try {
    const [verb, ...rest] = args;
    if (verb !== "check") return verb === undefined ? "what shall be done?" : `there is no policy ${verb}`;
    const { values, positionals } = parseArgs({
      args: rest,
      allowPositionals: true,
      options: { stdin: { type: "boolean" } },
    });
    const isStdin = values.stdin === true;
    if (isStdin === positionals.length > 0) return "give either --stdin or a command";
    return { isStdin, words: positionals };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Each line is a JSON string with a command line; the first that is none ends it. */
async function checkLines(policy: CommandPolicy): Promise<number> {
  const cwd = process.cwd();
  for await (const line of linesOf(process.stdin)) {
    if (line.trim() === "") continue;
    const script = parseString(line);
    if (script === null) return refuse("each line of the input is one JSON string");
    const { judgement } = await policy.judge({ script, cwd, roots: [cwd] });
    await print(judgement);
  }
  return 0;
}

/** Ends at line feeds only: a JSON string may hold the separators that node:readline takes for line ends too. */
async function* linesOf(input: NodeJS.ReadStream): AsyncGenerator<string> {
  let tail = "";
  for await (const chunk of input.setEncoding("utf8")) {
    const lines = (tail + String(chunk)).split("\n");
    tail = lines.pop() ?? "";
    if (tail.length > maxLineChars) throw new Error(`a line of the input is longer than ${maxLineChars} characters`);
    yield* lines;
  }
  yield tail;
}

async function print({ verdict }: Judgement): Promise<void> {
  if (!process.stdout.write(`${verdict}\n`)) await once(process.stdout, "drain");
}

function parseString(line: string): string | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}

function refuse(message: string): number {
  process.stderr.write(`turnwright policy: ${message}\n`);
  return 2;
}
