import { applyPatch, finish, planAhead, planAt, run, runAll, showPlan, type Story } from "../flow.ts";
import { firstLine } from "../outcome.ts";
import type { Permissions } from "../permissions.ts";
import type { ModelRequest } from "../request.ts";
import type { ScriptItem } from "../script.ts";
import { featureFiles, featurePatch } from "./feature-patch.ts";
import { obstacle } from "./obstacle.ts";
import { fileText, isSample, notTheSample, readManifest } from "./sample.ts";
import { countsOf, listFailures, runTests, testCommand } from "./tests.ts";

const steps = ["Read the command line", "Write the CSV export and its test", "Run the tests", "Try it"];
const [newFile, mainFile, testFile] = featureFiles;
const readMain = `cat ${mainFile}`;
const readNew = `cat ${newFile}`;
const tryIt = `node ${mainFile} --csv`;

/** Add a feature with a new file: a CSV export, as one patch over three files. */
export function* addFeature(request: ModelRequest, { isPlanOnly }: Permissions): Story {
  const look = yield* runAll(
    request,
    {
      think:
        "**Choosing a feature**\n\nThe report is a table for people. Spreadsheets want CSV: a new file, an option on the command line, and a test.",
      say: isPlanOnly
        ? "This thread may only read, so I'll work out how a CSV export would look."
        : "I'll add a CSV export: `npm start -- --csv` prints the runs for a spreadsheet.",
      plan: isPlanOnly ? planAhead(steps) : planAt(steps, 0),
    },
    [readManifest, readMain, readNew],
  );
  const stop = obstacle(look(readManifest), "look at the project");
  if (stop !== null) return finish(stop);
  if (!isSample(look(readManifest))) return notTheSample("add my feature", look(readManifest));
  const text = fileText(look(readMain));
  const patch = text === null ? null : featurePatch(text);
  if (fileText(look(readNew)) !== null) return yield* alreadyThere(request);
  if (patch === null) {
    return finish(
      `I wanted to change [${mainFile}](${mainFile}), but it does not look the way my script expects, and I will not guess. I changed nothing.`,
    );
  }
  if (isPlanOnly) return propose(patch);

  const outcome = yield* applyPatch(
    request,
    { say: "One patch for all three files, so that they arrive together.", plan: planAt(steps, 1) },
    patch,
  );
  if (outcome.kind === "declined") {
    return finish(`You declined the patch, so nothing was changed. It would have added ${links()}.`);
  }
  if (outcome.kind !== "applied") {
    return finish(`The patch was not applied, so nothing was changed: ${firstLine(outcome.text)}`);
  }
  const written = featureFiles.filter((file) => outcome.paths.some((path) => path.endsWith(file)));
  const missing = featureFiles.filter((file) => !written.includes(file));

  const tests = yield* runTests(request, {
    say:
      missing.length === 0
        ? "All three files are written. Now the tests."
        : `Written: ${links(written)}. Left out: ${links(missing)}. Now the tests.`,
    plan: planAt(steps, 2),
  });
  if (tests.kind === "stopped") return finish(`${links(written)} written, but not checked. ${tests.words}`);
  const trial = yield* run(request, { plan: planAt(steps, 3) }, { cmd: tryIt });
  yield* showPlan(request, { plan: planAt(steps, steps.length) });
  const printed = trial.kind === "exited" ? trial.output.trimEnd().split("\n").slice(0, 6).join("\n") : "";
  const isCsv = trial.kind === "exited" && trial.exitCode === 0 && printed.startsWith("date,");
  return finish(
    [
      isCsv && missing.length === 0
        ? "The CSV export is in."
        : isCsv
          ? "The CSV export works, though not every file was taken."
          : "The files are written, but the CSV export does not work as I meant it.",
      "",
      ...written.map((file) => `- [${file}](${file}): ${roles[file]}`),
      ...missing.map((file) => `- ${file} was left out`),
      "",
      `\`${tryIt}\` prints:`,
      "",
      "```csv",
      printed || "(nothing)",
      "```",
      "",
      `**Tests:** \`${testCommand}\` says ${countsOf(tests)}.`,
      ...(tests.failed > 0 ? ["", listFailures(tests)] : []),
      ...(tests.failed > 0 && tests.failures.every(({ location }) => location?.startsWith("test/duration") === true)
        ? [
            "",
            "That is the bug which waits in the sample project, in a file that I did not touch. Ask me to *fix the failing test*.",
          ]
        : []),
    ].join("\n"),
  );
}

const roles: Readonly<Record<(typeof featureFiles)[number], string>> = {
  "src/csv.ts": "writes runs as CSV and quotes what needs it",
  "src/main.ts": "takes the option `--csv`",
  "test/csv.test.ts": "checks the header, the rows and the quoting",
};
const links = (files: readonly string[] = featureFiles): string =>
  files.map((file) => `[${file}](${file})`).join(", ") || "no file";

function* alreadyThere(request: ModelRequest): Story {
  const tests = yield* runTests(request, {
    say: `[${newFile}](${newFile}) is there already, so I only run the tests.`,
  });
  const result = tests.kind === "stopped" ? tests.words : `\`${testCommand}\` says ${countsOf(tests)}.`;
  return finish(
    `The feature I can add, a CSV export, is in this project already: see ${links([newFile, testFile])}. I changed nothing. ${result}`,
  );
}

function propose(patch: string): readonly ScriptItem[] {
  return finish(
    [
      "## A CSV export",
      "",
      "`npm start -- --csv` would print the runs for a spreadsheet. In one patch:",
      "",
      ...featureFiles.map((file) => `- \`${file}\`: ${roles[file]}`),
      "",
      "```diff",
      ...patch.split("\n").filter((line) => /^[-+]|^\*\*\* (Add|Update)/.test(line)),
      "```",
      "",
      "I changed nothing, because this thread may only read. Switch to **Ask** or **Agent** and say *go ahead*.",
    ].join("\n"),
  );
}
