/** A run of `node --test`, read from what it printed (spec or TAP reporter). */
export type TestRun =
  | {
      readonly kind: "ran";
      readonly passed: number;
      readonly failed: number;
      readonly failures: readonly TestFailure[];
    }
  /** This Node does not run TypeScript: it refused the extension, or found no test file at all. */
  | { readonly kind: "nodeTooOld" }
  /** `node` is not there, or it printed nothing that looks like a test run. */
  | { readonly kind: "unreadable" };

export interface TestFailure {
  readonly name: string;
  /** `path:line`, relative to the working folder; null where the reporter does not say. */
  readonly location: string | null;
  readonly expected: string | null;
  readonly actual: string | null;
}

const numberOf = (name: string, text: string): number | null => {
  const match = new RegExp(`^[ \\t]*(?:#|ℹ) ${name} (\\d+)`, "m").exec(text);
  return match?.[1] === undefined ? null : Number(match[1]);
};

export function readTestRun(text: string): TestRun {
  if (/ERR_UNKNOWN_FILE_EXTENSION|Unknown file extension "\.ts"/.test(text)) return { kind: "nodeTooOld" };
  const passed = numberOf("pass", text);
  const failed = numberOf("fail", text);
  if (passed === null || failed === null) return { kind: "unreadable" };
  if (passed + failed === 0) return { kind: "nodeTooOld" };
  return { kind: "ran", passed, failed, failures: /^TAP version/m.test(text) ? readTap(text) : readSpec(text) };
}

/** Bounded: a project with thousands of failures is not listed in full. */
const maxFailures = 20;

/** Spec: after "failing tests:", each failure begins with `test at <path>:<line>:<column>` and `✖ <name> (<time>)`. */
function readSpec(text: string): TestFailure[] {
  const [, list = ""] = text.split(/^✖ failing tests:$/m);
  return list
    .split(/^(?=test at )/m)
    .slice(1, maxFailures + 1)
    .map((block) => ({
      name: capture(/^✖ (.+?)(?: \([\d.]+ms\))?$/m, block) ?? "a test without a name",
      location: capture(/^test at (.+?:\d+)(?::\d+)?$/m, block),
      expected: quoted("expected", block),
      actual: quoted("actual", block),
    }));
}

/** TAP: `not ok N - name`, then a YAML block. */
function readTap(text: string): TestFailure[] {
  return text
    .split(/^(?=[ \t]*(?:not )?ok \d+)/m)
    .filter((block) => /^[ \t]*not ok \d+/.test(block))
    .slice(0, maxFailures)
    .map((block) => ({
      name: capture(/not ok \d+ - (.+)$/m, block) ?? "a test without a name",
      location: capture(/location: '(?:.*?[\\/])?([^\\/']+[\\/][^\\/']+:\d+):\d+'/, block),
      expected: quoted("expected", block),
      actual: quoted("actual", block),
    }));
}

const capture = (pattern: RegExp, text: string): string | null => pattern.exec(text)?.[1] ?? null;
const quoted = (key: string, text: string) => capture(new RegExp(`^\\s*${key}: ['"](.*)['"],?$`, "m"), text);
