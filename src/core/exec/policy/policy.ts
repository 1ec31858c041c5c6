import { proposePrefix } from "./amendment.ts";
import type { ScriptParser } from "./grammar.ts";
import { findWayOut } from "./links.ts";
import { judgeScript, judgeWords, type PolicyContext } from "./judge.ts";
import { createRules, type Rules } from "./rules/rules.ts";
import { literalWords, readScript } from "./script.ts";
import type { RuleStore } from "./rules/store.ts";
import { ask, type Judgement } from "./verdict.ts";
import { commandWords } from "./words.ts";

/** What a command line is and where it would run. */
export interface PolicyQuestion {
  readonly script: string;
  /** Absolute. */
  readonly cwd: string;
  /** Absolute folders that may be read without a question: the workspace. */
  readonly roots: readonly string[];
}

export interface PolicyAnswer {
  readonly judgement: Judgement;
  /** Words that a rule could allow for good; null: none are safe to offer. */
  readonly amendment: readonly string[] | null;
}

/** Judges commands that run outside the sandbox, and what the user's rules restrict. */
export interface CommandPolicy {
  judge(question: PolicyQuestion): Promise<PolicyAnswer>;
  judgeWords(words: readonly string[], roots: readonly string[]): Promise<Judgement>;
  /** Whether the user's rules say something of commands that stay in the sandbox. */
  restrictsSandboxed(): Promise<boolean>;
  /** Allows a proposed prefix for good. Rejects with the reason. */
  allow(prefix: readonly string[]): Promise<void>;
}

export interface CommandPolicyOptions {
  /** False for PowerShell and cmd, whose language nobody reads here. */
  readonly isPosixShell: boolean;
  readonly rules: RuleStore;
  readonly parser: () => Promise<ScriptParser>;
}

const unread: PolicyAnswer = {
  judgement: ask({ rule: "ask.shell", reason: "Commands of this shell are not judged." }),
  amendment: null,
};

export function createCommandPolicy({ isPosixShell, rules, parser }: CommandPolicyOptions): CommandPolicy {
  const contextOf = async (roots: readonly string[]): Promise<PolicyContext> => ({
    parse: await parser(),
    rules: await rules.current(),
    roots,
  });
  return {
    async judge({ script, cwd, roots }) {
      if (!isPosixShell) return unread;
      const context = await contextOf(roots);
      const judged = judgeScript(script, context);
      // A rule of the user's holds in every folder.
      const isLookedAt = judged.verdict === "safe" && (!judged.isAllowedByRule || judged.reads.length > 0);
      const wayOut = isLookedAt ? await findWayOut(judged, { cwd, roots }) : null;
      const judgement = wayOut === null ? judged : ask({ rule: "ask.path-outside", reason: wayOut });
      return { judgement, amendment: judgement.rule.startsWith("ask.") ? proposal(script, context) : null };
    },
    judgeWords: async (words, roots) => judgeWords(words, await contextOf(roots)),
    restrictsSandboxed: async () => isPosixShell && !(await rules.isEmpty()) && (await rules.current()).hasRestrictions,
    allow: (prefix) => rules.allow(prefix),
  };
}

const maxCandidates = 8;

/** Of a script of plain commands of which one is not known: with that allowed, the whole is. */
function proposal(script: string, context: PolicyContext): readonly string[] | null {
  const parsed = context.parse(script);
  if (parsed.kind === "failed") return null;
  const { commands, obstacles } = readScript(parsed.root);
  if (obstacles.length > 0 || commands.length > maxCandidates) return null;
  for (const { node } of commands) {
    const words = literalWords(commandWords(node, new Map()));
    if (words === null) return null;
    const prefix = proposePrefix(words, (candidate) =>
      judgeScript(script, { ...context, rules: withPrefix(context.rules, candidate) }),
    );
    if (prefix !== null) return prefix;
  }
  return null;
}

/** The rules as they would be with one more that allows a prefix. */
function withPrefix(rules: Rules, prefix: readonly string[]): Rules {
  const added = createRules([
    {
      rules: [{ pattern: prefix.map((word) => [word]), decision: "allow", justification: null, origin: "new" }],
      executables: [],
    },
  ]);
  return { ...rules, allowing: (words) => added.allowing(words) ?? rules.allowing(words) };
}
