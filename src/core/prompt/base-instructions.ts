import fs from "node:fs";
import type { ModelInfo } from "../model/types.ts";

/** Models that share their instructions. `agentic`: trained to work with tools like ours. `general`: any other. */
export type InstructionFamily = "agentic" | "general";

/** The files of each family, in the order in which they are sent. A family of its own costs a new prompt at each switch, so there are few. */
const files: Readonly<Record<InstructionFamily, readonly string[]>> = {
  agentic: ["agent.md"],
  general: ["agent.md", "general.md"],
};

/** Which family a model is of. What takes a patch as it is was trained on it; that is where the list of tools differs, too. */
export const familyOf = ({ patchTool }: Pick<ModelInfo, "patchTool">): InstructionFamily =>
  patchTool === "freeform" ? "agentic" : "general";

const texts = new Map<InstructionFamily, string>();

/** The instructions of the agent for a family of models: Markdown, read once. The files lie beside this one, and beside its bundle. */
export function familyInstructions(family: InstructionFamily): string {
  const known = texts.get(family);
  if (known !== undefined) return known;
  const text = files[family].map(readInstructions).join("\n");
  texts.set(family, text);
  return text;
}

const readInstructions = (name: string): string =>
  fs.readFileSync(new URL(`./instructions/${name}`, import.meta.url), "utf8");
