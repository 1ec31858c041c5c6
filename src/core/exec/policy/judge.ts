import type { ParsedScript, ScriptParser } from "./grammar.ts";
import { follow } from "./reach.ts";
import type { Rules } from "./rules/rules.ts";
import { judgeSafe } from "./safe.ts";
import { literalWords, readScript, type ScriptCommand } from "./script.ts";
import { ask, danger, type Judgement, safe, strictest } from "./verdict.ts";
import { commandWords, type Variables } from "./words.ts";

export interface PolicyContext {
  readonly parse: ScriptParser;
  readonly rules: Rules;
  /** Absolute folders that may be read without a question; the command runs in one of them. */
  readonly roots: readonly string[];
}

const noVariables: Variables = new Map();
/** Anything but letters that a shell, an editor or a reader may take for something else: controls, odd blanks, marks of direction. */
const oddCharacter = /[^\P{Cc}\n\t]|\p{Cf}|[^\P{Z} ]|\p{Co}|\p{Cs}/u;

/** Judges a script for a POSIX shell. Pure but for the parser; never throws. The strictest of all its commands wins. */
export function judgeScript(script: string, context: PolicyContext): Judgement {
  const odd = oddCharacter.exec(script)?.[0];
  const parsed = context.parse(script);
  if (parsed.kind === "failed") return judgeUnread(parsed, context);
  const judged = judgeParsed(parsed, context);
  if (odd === undefined) return judged;
  const code = odd.codePointAt(0)?.toString(16).padStart(4, "0") ?? "";
  return strictest([
    ask({ rule: "ask.odd-character", reason: `It contains the character U+${code.toUpperCase()}.` }),
    judged,
  ]);
}

/** What the grammar cannot read a shell may run all the same: it asks, and needs an answer where danger can be seen or nothing at all. */
function judgeUnread(
  { rule, why, root }: Extract<ParsedScript, { kind: "failed" }>,
  { parse, rules }: PolicyContext,
): Judgement {
  if (root === null) return { ...ask({ rule, reason: `The command ${why}.` }), needsAnswer: true };
  const reach = follow({ script: readScript(root) }, parse);
  const [found] = reach.dangers;
  const seen = found === undefined ? "" : ` What can be read of it is dangerous: ${found.reason}`;
  const unread = { ...ask({ rule, reason: `The command ${why}.${seen}` }), needsAnswer: found !== undefined };
  return strictest([...rules.restrict(reach.commands), unread]);
}

function judgeParsed({ root }: Extract<ParsedScript, { kind: "parsed" }>, context: PolicyContext): Judgement {
  const script = readScript(root);
  const reach = follow({ script }, context.parse);
  const restrictions = context.rules.restrict(reach.commands);
  const own = script.commands.map((command) => judgeCommand(command, context));
  const obstacles = script.obstacles.slice(0, 1).map(ask);
  const empty =
    own.length === 0 && obstacles.length === 0
      ? [ask({ rule: "ask.empty", reason: "There is no command in it." })]
      : [];
  const cut = [...(reach.isCut ? [tooMany] : []), ...(script.isMisread ? [misread] : [])];
  const isPlain = obstacles.length === 0 && own.every(({ judgement }) => judgement.verdict === "safe");
  // What a rule allows in so many words stays a danger in a script that does something else besides.
  const allowed = isPlain ? own.flatMap(({ allowedDangers }) => allowedDangers) : [];
  const dangers = reach.dangers.filter(({ rule }) => !allowed.includes(rule)).map(danger);
  const commands = own.map(({ judgement }) => judgement);
  const judged = strictest([...restrictions, ...dangers, ...commands, ...obstacles, ...cut, ...empty]);
  if (judged.verdict !== "safe") return judged;
  const isAllowedByRule = commands.some((command) => command.isAllowedByRule);
  return { ...judged, isAllowedByRule, reads: commands.flatMap(({ reads }) => reads) };
}

const tooMany: Judgement = {
  ...ask({ rule: "ask.too-complex", reason: "It starts more commands than are followed." }),
  needsAnswer: true,
};

const misread: Judgement = {
  ...ask({ rule: "ask.syntax-error", reason: "The command cannot be read as shell." }),
  needsAnswer: true,
};

/** Judges words that are given to a program as they are, without a shell. */
export function judgeWords(words: readonly string[], context: PolicyContext): Judgement {
  const reach = follow({ argv: words }, context.parse);
  const { judgement, allowedDangers } = judgeLiteral(words, context);
  return strictest([
    ...context.rules.restrict(reach.commands),
    ...reach.dangers.filter(({ rule }) => !allowedDangers.includes(rule)).map(danger),
    ...(reach.isCut ? [tooMany] : []),
    judgement,
  ]);
}

interface JudgedCommand {
  readonly judgement: Judgement;
  /** Rules of the dangers that the user's rules allow to this command. */
  readonly allowedDangers: readonly string[];
}

function judgeCommand({ node }: ScriptCommand, context: PolicyContext): JudgedCommand {
  const written = commandWords(node, noVariables);
  const words = literalWords(written);
  const [name] = written;
  if (words === null || name?.value !== name?.raw) {
    const dynamic = written.find(({ isLiteral }) => !isLiteral) ?? name;
    const what = dynamic?.raw ?? "it";
    const reason = `What ${what.slice(0, 80)} means is decided by the shell when it runs.`;
    return { judgement: ask({ rule: "ask.expansion", reason }), allowedDangers: [] };
  }
  return judgeLiteral(words, context);
}

/** Judges the words of one command: by the rules, then by what is known of it. */
function judgeLiteral(words: readonly string[], { parse, rules, roots }: PolicyContext): JudgedCommand {
  const known: JudgedCommand = { judgement: judgeSafe(words, roots), allowedDangers: [] };
  const allowing = known.judgement.verdict === "safe" ? null : rules.allowing(words);
  if (allowing === null) return known;
  const dangers = follow({ argv: words }, parse).dangers.map(({ rule }) => rule);
  // A rule allows a danger only if its own words are that danger: ["rm", "-rf"] does, ["rm"] and ["bash"] do not.
  const named = follow({ argv: allowing.prefix }, parse).dangers.map(({ rule }) => rule);
  if (dangers.some((rule) => !named.includes(rule))) return known;
  const judgement = { ...safe({ rule: "rule.allow", reason: allowing.reason }), isAllowedByRule: true };
  return { judgement, allowedDangers: dangers };
}
