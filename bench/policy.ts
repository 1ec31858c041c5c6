import { loadScriptParser } from "../src/core/exec/policy/grammar.ts";
import { judgeScript } from "../src/core/exec/policy/judge.ts";
import { createRules } from "../src/core/exec/policy/rules/rules.ts";
import { type Figure, nowMs, runs } from "./measure.ts";

/** Commands as models write them, of each kind. */
const scripts = [
  "ls -la src",
  "rg -n 'foo|bar' src | head -n 20",
  "cd web && npm test 2>&1 | tail -n 40",
  "for f in a b c; do sed -i 's/x/y/' \"$f\"; done",
  "bash -lc 'git status --short && git diff --stat'",
  "cat > notes.md <<'EOF'\n# Notes\nSome text with $signs and (brackets).\nEOF",
  "sudo sh -c 'rm -rf build && mkdir build'",
];
const rounds = 200;

/** Loading the grammar, once in each process, and verdicts after that. */
export async function policy(): Promise<readonly Figure[]> {
  const began = nowMs();
  const parse = await loadScriptParser();
  const loaded = nowMs() - began;
  const context = { parse, rules: createRules([]), roots: ["/workspace"] };
  const rates: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const from = nowMs();
    for (let round = 0; round < rounds; round++) for (const script of scripts) judgeScript(script, context);
    if (run === 0) continue; // compiles
    rates.push((rounds * scripts.length * 1000) / (nowMs() - from));
  }
  return [
    { name: "command policy: loading the grammar", unit: "ms", samples: [loaded], aim: { atMost: 100 } },
    { name: "  verdicts", unit: "1/s", samples: rates, aim: { atLeast: 1000 } },
  ];
}
