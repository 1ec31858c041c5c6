import { ask, danger, type Judgement } from "../verdict.ts";
import { type Argv, baseName } from "../wrappers.ts";
import { matchLength, nameOf, type PrefixRule, type RulesFile } from "./rules-file.ts";

/** The user's rules, all files together. */
export interface Rules {
  /** What prompts and forbids, of the commands that a script may come to start; `broken` ones ask about everything. */
  restrict(commands: readonly Argv[]): Judgement[];
  /** The words by which a rule allows a command, and that rule in a sentence; null: none does. */
  allowing(words: readonly string[]): { readonly prefix: readonly string[]; readonly reason: string } | null;
  /** Something may be restricted that runs in the sandbox too. */
  readonly hasRestrictions: boolean;
}

const restricted = { needsAnswer: true, isRestricted: true };

/** While a file cannot be read nobody knows what it forbids: everything asks. `message` says what is wrong and where. */
export const brokenRules = (message: string): Rules => ({
  restrict: () => [
    { ...ask({ rule: "ask.rules-broken", reason: `A rules file cannot be used: ${message}` }), ...restricted },
  ],
  allowing: () => null,
  hasRestrictions: true,
});

export function createRules(files: readonly RulesFile[]): Rules {
  const all: RulesFile = {
    rules: files.flatMap(({ rules }) => rules),
    executables: files.flatMap(({ executables }) => executables),
  };
  const restricting = all.rules.filter(({ decision }) => decision !== "allow");
  const allowing = all.rules.filter(({ decision }) => decision === "allow");
  return {
    hasRestrictions: restricting.length > 0,
    restrict: (commands) =>
      restricting.flatMap((rule) => {
        // Whatever path it is started by: what is forbidden is not allowed from somewhere else.
        const hit = commands.some((argv) => {
          const [first, ...rest] = argv;
          return (
            matchLength(rule, argv) !== null ||
            matchLength(rule, [first === null ? null : baseName(first), ...rest]) !== null
          );
        });
        return hit ? [restriction(rule)] : [];
      }),
    allowing(words) {
      const named = nameOf(words, all);
      // The longest says most of what the user meant.
      const best = allowing
        .map((rule) => ({ rule, length: matchLength(rule, named) }))
        .reduce<{ rule: PrefixRule; length: number } | null>(
          (longest, { rule, length }) =>
            length !== null && length > (longest?.length ?? 0) ? { rule, length } : longest,
          null,
        );
      if (best === null) return null;
      return { prefix: named.slice(0, best.length), reason: `A rule of yours allows it (${best.rule.origin}).` };
    },
  };
}

function restriction({ decision, justification, origin }: PrefixRule): Judgement {
  const why = justification === null ? "" : ` ${justification}`;
  return decision === "forbidden"
    ? {
        ...danger({ rule: "rule.forbidden", reason: `A rule of yours forbids it (${origin}).${why}` }),
        ...restricted,
        isForbidden: true,
      }
    : { ...ask({ rule: "rule.prompt", reason: `A rule of yours asks about it (${origin}).${why}` }), ...restricted };
}
