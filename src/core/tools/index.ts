import type { ModelInfo } from "../model/types.ts";
import { applyPatch } from "./apply-patch.ts";
import { execCommand } from "./exec-command.ts";
import type { Tool, ToolSpec } from "./tool.ts";
import { updatePlan } from "./update-plan.ts";
import { writeStdin } from "./write-stdin.ts";

/** Every tool, in the order in which the model sees them. The order is part of the prompt: append, do not insert. */
const tools: readonly Tool[] = [execCommand, writeStdin, updatePlan, applyPatch];
const byName: ReadonlyMap<string, Tool> = new Map(tools.map((tool) => [tool.name, tool]));

export const findTool = (name: string): Tool | undefined => byName.get(name);

const specs = new Map<ModelInfo["patchTool"], readonly ToolSpec[]>();

/** The `tools` member of a request. The same list for all threads that take the same form. */
export function toolSpecs({ patchTool }: Pick<ModelInfo, "patchTool">): readonly ToolSpec[] {
  const known = specs.get(patchTool) ?? tools.map((tool) => tool.spec({ patchTool }));
  specs.set(patchTool, known);
  return known;
}

export const toolNames: readonly string[] = tools.map((tool) => tool.name);
