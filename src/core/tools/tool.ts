import * as z from "zod";
import type { PlanStep } from "../../protocol/notifications.ts";
import type { HostedToolSpec } from "../model/hosted-tools.ts";
import type { ModelInfo } from "../model/types.ts";
import type { ToolCall, ToolOutcome } from "../turn/machine.ts";
import type { CommandGate } from "./command-gate.ts";
import type { FileGate } from "./file-gate.ts";

/** What a tool may reach. Everything it does to the outside goes through the two gates. */
export interface ToolContext {
  /** Absolute. */
  readonly cwd: string;
  readonly commands: CommandGate;
  readonly files: FileGate;
  /** Records and shows the plan. */
  setPlan(explanation: string | null, plan: readonly PlanStep[]): void;
}

/** How a tool is written in a request (Responses API `tools`). Never changes within a prompt epoch. */
export type ToolSpec =
  | {
      readonly type: "function";
      readonly name: string;
      readonly description: string;
      readonly strict: false;
      readonly parameters: unknown;
    }
  | {
      readonly type: "custom";
      readonly name: string;
      readonly description: string;
      readonly format: { readonly type: "grammar"; readonly syntax: "lark"; readonly definition: string };
    }
  | HostedToolSpec;

/** A tool as the gate calls it. */
export interface Tool {
  readonly name: string;
  spec(model: Pick<ModelInfo, "patchTool">): ToolSpec;
  /** Never rejects for what the model did wrong: that is the output. A rejection is a fault of ours. */
  call(call: ToolCall, context: ToolContext): Promise<ToolOutcome>;
}

interface ToolDefinition<P> {
  readonly name: string;
  readonly description: string;
  readonly params: z.ZodType<P>;
  /** The form for models that take freeform tools. The input is parsed by `params` as `{input}`. */
  readonly freeform?: { readonly description: string; readonly lark: string };
  run(params: P, context: ToolContext): Promise<ToolOutcome>;
}

/** Makes a tool out of its definition; the model's schema is derived from `params`. */
export function defineTool<P>(definition: ToolDefinition<P>): Tool {
  const { name, description, params, freeform } = definition;
  const parameters = schemaOf(params);
  return {
    name,
    spec: (model) =>
      freeform !== undefined && model.patchTool === "freeform"
        ? {
            type: "custom",
            name,
            description: freeform.description,
            format: { type: "grammar", syntax: "lark", definition: freeform.lark },
          }
        : { type: "function", name, description, strict: false, parameters },
    async call(call, context) {
      const raw = call.type === "function_call" ? parseJson(call.arguments) : { value: { input: call.input } };
      if ("error" in raw) return say(`failed to parse function arguments: ${raw.error}; send one JSON object`);
      const parsed = params.safeParse(raw.value);
      if (!parsed.success) {
        return say(
          `failed to parse function arguments: ${z.prettifyError(parsed.error)}\nCorrect them and call ${name} again.`,
        );
      }
      return definition.run(parsed.data, context);
    },
  };
}

/** An output for the model; the turn goes on. */
export const say = (text: string): ToolOutcome => ({ text, endsTurn: false });

function parseJson(text: string): { readonly value: unknown } | { readonly error: string } {
  try {
    return { value: JSON.parse(text === "" ? "{}" : text) as unknown };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** Properties in the order of their names, so that the text of a tool does not depend on how it is written here. */
function schemaOf(params: z.ZodType): unknown {
  const { $schema: _, ...schema } = z.toJSONSchema(params, { io: "input" });
  const properties = Object.entries(schema.properties ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...schema, properties: Object.fromEntries(properties), additionalProperties: false };
}
