import { run, runAll, type Aside, type Flow } from "../flow.ts";
import type { ModelRequest } from "../request.ts";
import { readTestRun, type TestFailure, type TestRun } from "../test-run.ts";
import { obstacle } from "./obstacle.ts";
import { fileText } from "./sample.ts";

export const testCommand = "node --test";
const versionCommand = "node --version";

export type FinishedRun = Extract<TestRun, { kind: "ran" }>;

/** Runs the tests and reads what they printed; `stopped` says in words for the user why that was not possible. */
export function* runTests(
  request: ModelRequest,
  aside: Aside,
): Flow<FinishedRun | { readonly kind: "stopped"; readonly words: string }> {
  const outcome = yield* run(request, aside, { cmd: testCommand });
  const stop = obstacle(outcome, "run the tests");
  if (outcome.kind !== "exited") return { kind: "stopped", words: stop ?? "The tests did not run." };
  const result = readTestRun(outcome.output);
  switch (result.kind) {
    case "ran":
      return result;
    case "unreadable":
      return {
        kind: "stopped",
        words: `\`${testCommand}\` printed nothing that I can read as a test run, so I will not guess. Please look at its output above: is \`node\` (22.18 or newer) on your PATH?`,
      };
    case "nodeTooOld": {
      const version = fileText((yield* runAll(request, {}, [versionCommand]))(versionCommand))?.trim();
      const found = version ? `\`${versionCommand}\` says ${version}` : "The one on your PATH is older";
      return {
        kind: "stopped",
        words: `The tests could not run: the sample project is TypeScript, which Node runs by itself from **22.18** on. ${found}. Install a newer Node, or put it first on your PATH, then send the request again.`,
      };
    }
  }
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;

/** `7 tests passed, 1 failed`, exactly as counted. */
export function countsOf({ passed, failed }: FinishedRun): string {
  return failed === 0 ? `all ${count(passed, "test")} passed` : `${count(passed, "test")} passed, ${failed} failed`;
}

/** One failure in a line: name, place, what was expected and what came. */
export function describeFailure({ name, location, expected, actual }: TestFailure): string {
  const values = expected !== null && actual !== null ? `: expected \`${expected}\`, got \`${actual}\`` : "";
  const place = location === null ? "" : ` ([${location}](${location}))`;
  return `**${name}**${place}${values}`;
}

export const listFailures = ({ failures }: FinishedRun): string =>
  failures.map((failure) => `- ${describeFailure(failure)}`).join("\n");
