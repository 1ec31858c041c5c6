import { loadScriptParser } from "../../../../src/core/exec/policy/grammar.ts";
import { judgeScript, judgeWords } from "../../../../src/core/exec/policy/judge.ts";
import { createRules } from "../../../../src/core/exec/policy/rules/rules.ts";
import { parseRules } from "../../../../src/core/exec/policy/rules/rules-file.ts";
import type { Judgement, PolicyVerdict } from "../../../../src/core/exec/policy/verdict.ts";

export const parse = await loadScriptParser();

const context = (rules: string) => ({
  parse,
  rules: createRules([parseRules(rules, "test.rules", parse)]),
  roots: ["/workspace"],
});

/** Judges a script in `/workspace`, under the text of a rules file. */
export const judge = (script: string, rules = ""): Judgement => judgeScript(script, context(rules));
export const judgeArgv = (words: readonly string[], rules = ""): Judgement => judgeWords(words, context(rules));

const order: readonly PolicyVerdict[] = ["safe", "ask", "danger"];
/** 0 to 2. */
export const severity = (script: string): number => order.indexOf(judge(script).verdict);
