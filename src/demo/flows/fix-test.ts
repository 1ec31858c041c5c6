import { applyPatch, finish, planAhead, planAt, run, showPlan, type Story } from "../flow.ts";
import { firstLine } from "../outcome.ts";
import type { Permissions } from "../permissions.ts";
import type { ModelRequest } from "../request.ts";
import type { ScriptItem } from "../script.ts";
import type { TestFailure } from "../test-run.ts";
import { brokenFile, fixPatch } from "./fix-patch.ts";
import { obstacle } from "./obstacle.ts";
import { fileText, isSample, notTheSample, readManifest } from "./sample.ts";
import { describeSnapshots, takeSnapshot, type Snapshot } from "./snapshot.ts";
import { countsOf, describeFailure, listFailures, runTests, testCommand } from "./tests.ts";

const steps = ["Run the tests", "Find the cause", "Fix it", "Run the tests again"];
const readSource = `cat ${brokenFile}`;
const cause =
  "`formatDuration` splits the time into minutes and seconds first and rounds the seconds afterwards. With 359.8 seconds that leaves 5 minutes and 59.8 seconds, and rounding those gives `60`, which has nowhere to carry to. Rounding once, before the split, cures it.";

/** Fix the failing test: plan, snapshot (with approval), run, read, patch (with review), run again. */
export function* fixTest(request: ModelRequest, permissions: Permissions): Story {
  const { isPlanOnly } = permissions;
  const manifest = yield* run(
    request,
    {
      think:
        "**Making a plan**\n\nFirst see the failure, then look for its cause, change as little as possible, and check.",
      say: isPlanOnly
        ? "This thread may only read, so I'll look for the cause and propose a fix."
        : "I'll run the tests, find out why one fails, fix it and run them again.",
      plan: isPlanOnly ? planAhead(steps) : planAt(steps, 0),
    },
    { cmd: readManifest },
  );
  const stop = obstacle(manifest, "look at the project");
  if (stop !== null) return finish(stop);
  if (!isSample(manifest)) return notTheSample("fix the failing test", manifest);

  const say = "Before I change anything I'd like to take a snapshot with git, so that you can always go back.";
  const before = isPlanOnly ? "notAsked" : yield* takeSnapshot(request, permissions, { say });
  const tests = yield* runTests(
    request,
    before === "declined" ? { say: "No snapshot, then; I go on without one." } : {},
  );
  if (tests.kind === "stopped") return finish(tests.words);
  const [failure] = tests.failures;
  if (tests.failed === 0 || failure === undefined) {
    if (!isPlanOnly) yield* showPlan(request, { plan: planAt(steps, steps.length) });
    return finish(
      tests.failed === 0
        ? `There is nothing to fix: \`${testCommand}\` says ${countsOf(tests)}. I changed no file.`
        : `\`${testCommand}\` says ${countsOf(tests)}, but not in a way that I can read. I changed no file.`,
    );
  }

  const source = yield* run(
    request,
    {
      think: `**Reading the failure**\n\n${plainFailure(failure)} Times are written in ${brokenFile}, so I look there first.`,
      say: `The result: ${countsOf(tests)}.\n\n${listFailures(tests)}\n\nI'll read the code behind it.`,
      ...(!isPlanOnly && { plan: planAt(steps, 1) }),
    },
    { cmd: readSource },
  );
  const text = fileText(source);
  const patch = text === null ? null : fixPatch(text);
  if (patch === null) {
    return finish(
      obstacle(source, `read \`${brokenFile}\``) ??
        `\`${brokenFile}\` does not hold the lines I am scripted to fix, and I will not guess. The failure is still there: ${describeFailure(failure)}.`,
    );
  }
  return isPlanOnly ? propose(failure, patch) : yield* patchAndCheck(request, permissions, patch, { before, failure });
}

/** Applies the fix (twice at most: the file may change meanwhile), runs the tests again and reports. */
function* patchAndCheck(
  request: ModelRequest,
  permissions: Permissions,
  firstPatch: string,
  { before, failure }: { readonly before: Snapshot; readonly failure: TestFailure },
): Story {
  let patch = firstPatch;
  const found = { think: `**Found it**\n\n${cause}`, say: `Found it. ${cause}`, plan: planAt(steps, 2) };
  let outcome = yield* applyPatch(request, found, patch);
  if (outcome.kind === "failed") {
    const say = `The patch did not go in: ${firstLine(outcome.text)}\n\nThe file may have changed meanwhile, so I read it again.`;
    const again = fileText(yield* run(request, { say }, { cmd: readSource }));
    const secondPatch = again === null ? null : fixPatch(again);
    if (secondPatch === null) {
      return finish(
        `\`${brokenFile}\` has changed and no longer holds the lines that I wanted to replace, so I leave it as it is.\n\n${wouldChange(patch)}`,
      );
    }
    patch = secondPatch;
    outcome = yield* applyPatch(request, { say: "The lines are still there, so I try once more." }, patch);
  }
  if (outcome.kind !== "applied") {
    const why =
      outcome.kind === "declined"
        ? `You declined the edit, so \`${brokenFile}\` stays as it is and the test still fails.`
        : `The edit was not made: ${firstLine(outcome.text)}`;
    return finish(`${why}\n\n${wouldChange(patch)}`);
  }

  const rerun = yield* runTests(request, {
    say: "The fix is in. Now the tests again.",
    plan: planAt(steps, 3),
  });
  if (rerun.kind === "stopped") return finish(`\`${brokenFile}\` is changed, but not checked. ${rerun.words}`);
  if (rerun.failed > 0) {
    return finish(
      `\`${brokenFile}\` is changed, but the tests do not all pass: ${countsOf(rerun)}.\n\n${listFailures(rerun)}\n\nPlease look at the diff; I know no second fix.`,
    );
  }
  const plan = planAt(steps, steps.length);
  let after: Snapshot = "notAsked";
  if (before === "taken" || before === "declined") {
    const say = "The tests pass. Shall I take a snapshot of the fixed project?";
    after = yield* takeSnapshot(request, permissions, { say, plan });
  } else {
    yield* showPlan(request, { plan });
  }
  return finish(
    [
      "The failing test is fixed.",
      "",
      `- **Cause:** ${cause}`,
      `- **Change:** [${brokenFile}](${brokenFile}) now rounds the whole time once and splits it afterwards.`,
      `- **Tests:** \`${testCommand}\` says ${countsOf(rerun)}. Before, *${failure.name}* failed.`,
      `- **Snapshots:** ${describeSnapshots(before, after)}.`,
    ].join("\n"),
  );
}

const plainFailure = ({ name, expected, actual }: TestFailure): string =>
  expected !== null && actual !== null
    ? `The test "${name}" wanted ${expected} and got ${actual}.`
    : `The test "${name}" fails.`;

const asDiff = (patch: string): string =>
  ["```diff", ...patch.split("\n").filter((line) => /^[-+]/.test(line)), "```"].join("\n");

const wouldChange = (patch: string): string => `${cause}\n\nThis is what I would change:\n\n${asDiff(patch)}`;

function propose(failure: TestFailure, patch: string): readonly ScriptItem[] {
  return finish(
    [
      "## What I found",
      "",
      describeFailure(failure),
      "",
      cause,
      "",
      "## What I would change",
      "",
      `In [${brokenFile}](${brokenFile}):`,
      "",
      asDiff(patch),
      "",
      "I changed nothing, because this thread may only read. Switch to **Ask** or **Agent** and say *go ahead*.",
    ].join("\n"),
  );
}
