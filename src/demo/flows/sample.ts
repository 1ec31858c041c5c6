import { firstLine, type CommandOutcome } from "../outcome.ts";
import { finish } from "../flow.ts";
import type { ScriptItem } from "../script.ts";

/** How the sample project is recognised: `name` in its package.json. */
const sampleName = "trail-log";
export const readManifest = "cat package.json";

export interface Manifest {
  readonly name: string | null;
  readonly description: string | null;
  readonly scripts: readonly (readonly [name: string, command: string])[];
}

const textOr = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
const entriesOf = (value: unknown) => (typeof value === "object" && value !== null ? Object.entries(value) : []);

/** Reads what `cat package.json` printed; null when there is none or it is no JSON object. */
export function parseManifest(outcome: CommandOutcome): Manifest | null {
  if (outcome.kind !== "exited" || outcome.exitCode !== 0) return null;
  let json: unknown;
  try {
    json = JSON.parse(outcome.output);
  } catch {
    return null;
  }
  const members = new Map<string, unknown>(entriesOf(json));
  if (members.size === 0) return null;
  return {
    name: textOr(members.get("name")),
    description: textOr(members.get("description")),
    scripts: entriesOf(members.get("scripts")).flatMap(([name, command]) => {
      const text = textOr(command);
      return text === null ? [] : [[name, text] as const];
    }),
  };
}

export const isSample = (outcome: CommandOutcome): boolean => parseManifest(outcome)?.name === sampleName;

/** What a story says that was written for the sample project and finds itself elsewhere. */
export function notTheSample(wish: string, outcome: CommandOutcome): readonly ScriptItem[] {
  const seen =
    outcome.kind === "exited" && outcome.exitCode === 0
      ? `its \`package.json\` says \`${(parseManifest(outcome)?.name ?? "no name").slice(0, 80)}\``
      : `\`${readManifest}\` said: ${firstLine(outcome.kind === "exited" ? outcome.output : "") || "nothing"}`;
  return finish(
    [
      `This folder is not the sample project (${seen}), and I am a **scripted demo**, not an AI: I can ${wish} only there.`,
      "",
      "- To see it work, run **Turnwright: Try the Demo** from the Command Palette. It opens a copy of the sample project.",
      "- To work on this folder, connect a real model: run **Turnwright: Sign In...**.",
      "",
      "Nothing was changed.",
    ].join("\n"),
  );
}

/** Text of a file that `cat` printed, or null. */
export const fileText = (outcome: CommandOutcome): string | null =>
  outcome.kind === "exited" && outcome.exitCode === 0 ? outcome.output : null;
