import { Buffer } from "node:buffer";
import type { ModelInfo } from "../model/types.ts";

/** What stands around the input of a request. */
export interface RequestFrame {
  readonly model: string;
  readonly info: ModelInfo;
  readonly instructions: string;
  /** JSON text of the `tools` array. */
  readonly toolsJson: string;
  readonly effort: string | null;
  readonly summary: string | null;
  /** `none`: the tools are in the request, as the prompt must not change, but none may be called. */
  readonly toolChoice: "auto" | "none";
  /** Id of the thread, of a fork that of the first thread it comes from; the provider keeps its cache by it. */
  readonly cacheKey: string;
}

/** The members of a request behind its tools, in their order. */
export function requestParameters(frame: Omit<RequestFrame, "model" | "instructions" | "toolsJson">): object {
  const effort = frame.effort ?? frame.info.defaultEffort;
  const reasoning = {
    ...(effort === null ? {} : { effort }),
    ...(frame.summary === "none" ? {} : { summary: frame.summary ?? "auto" }),
  };
  return {
    tool_choice: frame.toolChoice,
    parallel_tool_calls: true,
    reasoning,
    store: false,
    stream: true,
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: frame.cacheKey,
    ...(frame.info.verbosity === null ? {} : { text: { verbosity: frame.info.verbosity } }),
  };
}

/**
 * The body of a request as buffers in order: stateless (`store: false`), reasoning asked for in encrypted form. The members before the input and
 * the input itself are, byte for byte, the beginning of the next request of the epoch. Costs the frame, not the history.
 */
export function assembleBody(
  {
    model,
    instructions,
    toolsJson,
    parameters,
  }: Pick<RequestFrame, "model" | "instructions" | "toolsJson"> & {
    readonly parameters: object;
  },
  input: readonly Uint8Array[],
): Uint8Array[] {
  const head = `{"model":${JSON.stringify(model)},"instructions":${JSON.stringify(instructions)},"input":[`;
  const tail = JSON.stringify(parameters);
  return [Buffer.from(head), ...input, Buffer.from(`],"tools":${toolsJson},${tail.slice(1)}`)];
}

/** The body for a provider's compaction endpoint. */
export const buildCompactBody = (
  { model, instructions }: Pick<RequestFrame, "model" | "instructions">,
  input: readonly Uint8Array[],
): Uint8Array[] => [
  Buffer.from(`{"model":${JSON.stringify(model)},"instructions":${JSON.stringify(instructions)},"input":[`),
  ...input,
  Buffer.from("]}"),
];
