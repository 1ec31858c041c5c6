import { finish, run, runAll, type Story } from "../flow.ts";
import type { ModelRequest } from "../request.ts";
import type { ScriptItem } from "../script.ts";
import { obstacle } from "./obstacle.ts";
import { fileText, isSample, parseManifest, readManifest, type Manifest } from "./sample.ts";
import { outlineOf, type Declaration } from "./outline.ts";

const listSources = "ls src test";
const readReadme = "cat README.md";
const sourceFiles = ["src/main.ts", "src/runs.ts", "src/duration.ts", "src/table.ts", "src/report.ts"];

/** Explain this project: reads a few files and says what they hold. Everything in the answer comes from the outputs. */
export function* explainProject(request: ModelRequest): Story {
  const overview = yield* runAll(
    request,
    {
      think:
        "**Getting an overview**\n\nThe manifest and the README say what it is meant to be, the folders what there is.",
      say: "I'll look around first.",
    },
    ["ls", readManifest, readReadme],
  );
  const stop = obstacle(overview("ls"), "look at the project");
  if (stop !== null) return finish(stop);
  const manifest = parseManifest(overview(readManifest));
  const files = fileText(overview("ls"))?.trim().split(/\s+/) ?? [];
  if (manifest === null || !isSample(overview(readManifest))) {
    return plainOverview(files, manifest, fileText(overview(readReadme)));
  }

  const sources = yield* runAll(request, { think: "**Reading the code**\n\nFive small files; I read all of them." }, [
    listSources,
    ...sourceFiles.map((file) => `cat ${file}`),
  ]);
  const outlines = sourceFiles.flatMap((file) => {
    const text = fileText(sources(`cat ${file}`));
    return text === null ? [] : [{ file, text, declarations: outlineOf(text) }];
  });
  const all = outlines.flatMap(({ file, declarations }) => declarations.map((each) => ({ ...each, file })));
  const sample = all.find(({ name }) => name === "formatPace") ?? all.find(({ kind }) => kind === "function");
  const tests = (fileText(sources(listSources)) ?? "").match(/\S+\.test\.ts/g) ?? [];
  return finish(
    [
      `# ${manifest.name ?? "This project"}`,
      "",
      manifest.description ?? "",
      "",
      "## How it fits together",
      "",
      "| File | Lines | Exports |",
      "| --- | ---: | --- |",
      ...outlines.map(
        ({ file, text, declarations }) =>
          `| [${file}](${file}) | ${text.trimEnd().split("\n").length} | ${declarations.map(({ name }) => `\`${name}\``).join(", ") || "(the command line)"} |`,
      ),
      "",
      "The main steps:",
      "",
      ...all.flatMap(({ kind, name, comment, file, line }) =>
        kind === "function" && comment !== null ? [`- [\`${name}\`](${file}:${line}): ${comment}`] : [],
      ),
      ...(sample
        ? [
            "",
            `## A taste of the code`,
            "",
            `From [${sample.file}](${sample.file}:${sample.line}):`,
            "",
            ...code(sample),
          ]
        : []),
      "",
      "## How to use it",
      "",
      ...manifest.scripts.map(
        ([name, command]) =>
          `- \`npm ${name === "start" || name === "test" ? name : `run ${name}`}\` runs \`${command}\``,
      ),
      ...(tests.length > 0
        ? [
            "",
            `Tests are in ${tests.map((file) => `[test/${file}](test/${file})`).join(", ")}. Ask me to *fix the failing test* next.`,
          ]
        : []),
    ].join("\n"),
  );
}

/** Explain one file: its exports with their comments, and the first function. */
export function* explainFile(request: ModelRequest, path: string): Story {
  const outcome = yield* run(
    request,
    {
      think: `**Reading ${path}**\n\nI look at what it exports and what the comments promise.`,
      say: `I'll read \`${path}\`.`,
    },
    { cmd: `cat ${path}` },
  );
  const stop = obstacle(outcome, `read \`${path}\``);
  if (stop !== null) return finish(stop);
  const text = fileText(outcome);
  if (text === null) return finish(`I could not read \`${path}\`; is it in this workspace?`);
  const declarations = outlineOf(text);
  const shown = declarations.find(({ kind }) => kind === "function") ?? declarations[0];
  return finish(
    [
      `# ${path}`,
      "",
      `${text.trimEnd().split("\n").length} lines${declarations.length === 0 ? ", with no exports that I can make out." : ". It exports:"}`,
      "",
      ...declarations.map(
        ({ name, kind, comment, line }) =>
          `- [\`${name}\`](${path}:${line}), a ${kind}${comment === null ? "" : `: ${comment}`}`,
      ),
      ...(shown ? ["", `The heart of it:`, "", ...code(shown)] : []),
      "",
      "I am a scripted demo and read only names and comments. A real model would tell you what the code means.",
    ].join("\n"),
  );
}

const code = ({ source }: Declaration): readonly string[] => ["```ts", source, "```"];

/** What a script can honestly say of a project it does not know. */
function plainOverview(
  files: readonly string[],
  manifest: Manifest | null,
  readme: string | null,
): readonly ScriptItem[] {
  const heading = readme === null ? null : (/^#+ (.+)$/m.exec(readme)?.[1] ?? null);
  const shown = files.slice(0, 40);
  return finish(
    [
      `# ${(manifest?.name ?? heading ?? "This folder").slice(0, 120)}`,
      "",
      "I am a **scripted demo**, not an AI, and this is not the sample project I know. So here is only what the files say by themselves:",
      "",
      ...(manifest?.description ? [`- **Description:** ${manifest.description.slice(0, 500)}`] : []),
      ...(manifest
        ? manifest.scripts
            .slice(0, 20)
            .map(([name, command]) => `- \`npm run ${name}\` runs \`${command.slice(0, 200)}\``)
        : []),
      shown.length === 0
        ? "- The folder is empty."
        : `- **Files:** ${shown.map((file) => `\`${file}\``).join(", ")}${files.length > shown.length ? ` and ${files.length - shown.length} more` : ""}`,
      "",
      "For a real explanation run **Turnwright: Sign In...**, or see the demo on its own ground with **Turnwright: Try the Demo**.",
    ].join("\n"),
  );
}
