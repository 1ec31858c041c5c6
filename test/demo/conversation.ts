import { demoResponse } from "../../src/demo/demo-script.ts";
import { parseRequest } from "../../src/demo/request.ts";
import type { ScriptItem } from "../../src/demo/script.ts";

type Call = Extract<ScriptItem, { readonly name: string }>;
const isCall = (item: ScriptItem): item is Call => "name" in item;

/** The tools as Turnwright offers them. */
export const allTools = [
  { type: "function", name: "exec_command" },
  { type: "function", name: "write_stdin" },
  { type: "function", name: "update_plan" },
  { type: "custom", name: "apply_patch" },
];

export const permissions = (sandbox: string, more = "`approval_policy` is `on-request`: ...") => ({
  role: "developer",
  content: `<permissions instructions>\n\`sandbox_mode\` is \`${sandbox}\`: ...\n${more}\n</permissions instructions>`,
});

/** A command or patch of the demo, as a test looks at it. */
export interface SeenCall {
  readonly name: string;
  /** The parsed arguments; `{ input }` for a freeform call. */
  readonly args: Readonly<Record<string, unknown>>;
}

/** Gives the output of a call. */
export type Tools = (call: SeenCall) => string | Promise<string>;

export interface Transcript {
  /** Assistant texts, in order. */
  readonly said: readonly string[];
  readonly final: string;
  readonly calls: readonly SeenCall[];
  /** Command lines, in order. */
  readonly commands: readonly string[];
  readonly items: readonly object[];
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
function argsOf(call: Call): SeenCall["args"] {
  if (call.type === "custom_tool_call") return { input: call.input };
  const args: unknown = JSON.parse(call.arguments);
  if (!isObject(args)) throw new Error(`arguments are not an object: ${call.arguments}`);
  return args;
}

/** Plays the agent loop around the demo model: every call gets the output that `tools` gives, until it calls nothing more. */
export async function converse(
  text: string,
  tools: Tools,
  {
    offered = allTools,
    before = [permissions("workspace-write")],
  }: { readonly offered?: readonly object[]; readonly before?: readonly object[] } = {},
): Promise<Transcript> {
  const input: object[] = [...before, { type: "message", role: "user", content: [{ type: "input_text", text }] }];
  const said: string[] = [];
  const calls: SeenCall[] = [];
  for (let response = 0; response < 80; response++) {
    const parsed = parseRequest({ model: "turnwright-demo", stream: true, input, tools: offered });
    if (!parsed.ok) throw new Error(parsed.message);
    const items = demoResponse(parsed.request);
    const outputs: object[] = [];
    for (const item of items) {
      if (item.type === "message") said.push(item.text);
      if (item.type === "message")
        input.push({ ...item, role: "assistant", content: [{ type: "output_text", text: item.text }] });
      if (!isCall(item)) continue;
      const call_id = `call_${calls.length}`;
      const call = { name: item.name, args: argsOf(item) };
      calls.push(call);
      input.push({ ...item, call_id });
      outputs.push({ type: `${item.type}_output`, call_id, output: await tools(call) });
    }
    if (outputs.length === 0) {
      const commands = calls.flatMap(({ args }) => (typeof args["cmd"] === "string" ? [args["cmd"]] : []));
      return { said, final: said.at(-1) ?? "", calls, commands, items: input };
    }
    input.push(...outputs);
  }
  throw new Error("the demo model does not come to an end");
}

/** Output of `exec_command` for a command that ended. */
export const exited = (exitCode: number, output: string): string =>
  `Chunk ID: 5fbe8f\nWall time: 0.1817 seconds\nProcess exited with code ${exitCode}\nOriginal token count: 2\nOutput:\n${output}`;
export const declined = 'exec_command failed: CreateProcess { message: "Rejected(\\"rejected by user\\")" }';
export const patchDeclined = "patch rejected by user";
export const patched = (...lines: string[]): string =>
  `Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess. Updated the following files:\n${lines.join("\n")}\n`;
