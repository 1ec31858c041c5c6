import { expect, test } from "vitest";
import { parseRequest } from "../../src/demo/request.ts";

const read = (input: unknown) => {
  const parsed = parseRequest({ model: "m", stream: true, input });
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.request;
};
const user = (...texts: string[]) => ({
  type: "message",
  role: "user",
  content: texts.map((text) => ({ type: "input_text", text })),
});

test("what the client puts around the user's words is not taken for them", () => {
  const { userTexts } = read([
    user(
      "# AGENTS.md instructions for /repo\n\n<INSTRUCTIONS>...</INSTRUCTIONS>",
      "<environment_context>\n</environment_context>",
    ),
    user("first"),
    user("<turn_aborted>\nstopped\n</turn_aborted>"),
    user('<image name=[Image #1] path="/x.png">', "</image>", "look at <b>this</b>"),
  ]);
  expect(userTexts).toEqual(["first", "look at <b>this</b>"]);
});

test("exchanges are those since the user's last words; context messages do not end them", () => {
  const call = (id: string) => ({ type: "function_call", call_id: id, name: "f", arguments: `{"id":"${id}"}` });
  const output = (id: string) => ({
    type: "function_call_output",
    call_id: id,
    output: [{ type: "input_text", text: id }],
  });
  const { exchanges } = read([
    user("one"),
    call("old"),
    output("old"),
    user("two"),
    { type: "reasoning", id: "rs", summary: [], encrypted_content: "x" },
    call("a"),
    { type: "custom_tool_call", call_id: "b", name: "apply_patch", input: "patch" },
    output("a"),
    { type: "custom_tool_call_output", call_id: "b", output: "done" },
    user("<environment_context>\n</environment_context>"),
  ]);
  expect(exchanges).toEqual([
    { name: "f", payload: '{"id":"a"}', output: "a" },
    { name: "apply_patch", payload: "patch", output: "done" },
  ]);
});

test("tools are known by name and kind, also those without a name", () => {
  const tools = [{ type: "function", name: "f" }, { type: "custom", name: "c" }, { type: "web_search" }];
  const parsed = parseRequest({ model: "m", stream: true, input: "hello", tools });
  expect(parsed.ok && [...parsed.request.tools]).toEqual([
    ["f", "function"],
    ["c", "custom"],
  ]);
  expect(parsed.ok && parsed.request.userTexts).toEqual(["hello"]);
});
