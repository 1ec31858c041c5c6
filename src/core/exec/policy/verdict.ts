/**
 * What the command policy says of a command that would run outside the sandbox. `safe`: no question is needed; `ask`: the user decides;
 * `danger`: the user decides every time, and where nobody can be asked it is not run.
 */
export type PolicyVerdict = "safe" | "ask" | "danger";

export interface Judgement {
  readonly verdict: PolicyVerdict;
  /** What decided: `safe.ls`, `ask.redirect`, `danger.rm-force`, `rule.allow` ... */
  readonly rule: string;
  /** One sentence for the user. */
  readonly reason: string;
  /** A rule of the user's forbids it: it is not run, whoever is asked. */
  readonly isForbidden: boolean;
  /** Not run where nobody can be asked, also in full access: danger, what a rule asks about, and everything while a rules file is broken. */
  readonly needsAnswer: boolean;
  /** The user's rules say so, or cannot be read: it is asked about in the sandbox too. */
  readonly isRestricted: boolean;
  /** Safe because a rule of the user's says so, not because it only looks. */
  readonly isAllowedByRule: boolean;
  /** Files and folders that are read, in order; for who can tell where they really lead. Empty unless safe. */
  readonly reads: readonly Read[];
}

/** A path as the command has it: absolute, or relative to its folder. */
export interface Read {
  readonly path: string;
  /** `cd`: what follows may be relative to it; `file`: a folder may not be read in this way. */
  readonly kind: "any" | "file" | "cd";
}

/** Why a command is not safe, or more. */
export interface Finding {
  readonly rule: string;
  readonly reason: string;
}

const severity: Readonly<Record<PolicyVerdict, number>> = { safe: 0, ask: 1, danger: 2 };

const plain = { isForbidden: false, needsAnswer: false, isRestricted: false, isAllowedByRule: false, reads: [] };
export const safe = ({ rule, reason }: Finding, reads: readonly Read[] = []): Judgement => ({
  ...plain,
  verdict: "safe",
  rule,
  reason,
  reads,
});
export const ask = ({ rule, reason }: Finding): Judgement => ({ ...plain, verdict: "ask", rule, reason });
export const danger = ({ rule, reason }: Finding): Judgement => ({
  ...plain,
  verdict: "danger",
  rule,
  reason,
  needsAnswer: true,
});

const weight = (judgement: Judgement): number =>
  (judgement.isForbidden ? 8 : 0) + severity[judgement.verdict] * 2 + (judgement.needsAnswer ? 1 : 0);

/** The strictest of several, the first of equals; restricted if one of them is. Throws for none. */
export const strictest = (judgements: readonly Judgement[]): Judgement => ({
  ...judgements.reduce((a, b) => (weight(b) > weight(a) ? b : a)),
  isRestricted: judgements.some(({ isRestricted }) => isRestricted),
});
