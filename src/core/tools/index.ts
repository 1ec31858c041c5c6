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

/** The `tools` member of a request. */
export const toolSpecs = (model: Pick<ModelInfo, "patchTool">): ToolSpec[] => tools.map((tool) => tool.spec(model));

export const toolNames: readonly string[] = tools.map((tool) => tool.name);
