import { expect, test } from "vitest";
import { parseLine } from "../../../../src/core/thread/rollout/parse-line.ts";

const item = '{"type":"message","role":"user","content":[{"type":"input_text","text":"},\\"item\\":{ ü"}]}';
const view = '{"kind":"userMessage","turnId":"t","id":"u","clientId":"},\\"item\\":","at":1}';
const lineOf = (payload: string, ordinal = "7", timestamp = "2027-01-15T08:00:00.000Z"): string =>
  `{"timestamp":"${timestamp}","ordinal":${ordinal},"type":"response_item","payload":{${payload}}}`;
const textOf = (json: string): string | null => {
  const parsed = parseLine(json);
  return parsed.kind === "line" ? parsed.itemJson : parsed.kind;
};

test("the text of an item is the one that stands in the line, with a view and without", () => {
  expect(textOf(lineOf(`"item":${item}`))).toBe(item);
  expect(textOf(lineOf(`"view":${view},"item":${item}`))).toBe(item);
  expect(textOf(lineOf(`"bodyOf":"c","item":${item}`))).toBe(item);
  expect(textOf(lineOf(`"view":${view},"bodyOf":",\\"item\\":{","item":${item}`))).toBe(item);
  const odd = item.replace('"role"', '  "role"').replace("ü", "\\u00fc");
  expect(textOf(lineOf(`"item":${odd}`))).toBe(odd);
});

test.each([
  ["another member behind the item", lineOf(`"item":${item},"other":{}`)],
  ["the same member twice", lineOf(`"item":{"a":1},"item":${item}`)],
  ["a member of the view that looks like the item", lineOf(`"view":{"x":{},"item":{}},"item":${item}`)],
  ["a view behind the item", lineOf(`"item":${item},"view":${view}`)],
  ["blanks around the item", lineOf(`"item": ${item} `)],
  ["another member behind the payload", lineOf(`"item":${item}`).replace(/\}$/, ',"x":{}}')],
  ["another order of members", JSON.stringify({ ordinal: 1, ...(JSON.parse(lineOf(`"item":${item}`)) as object) })],
])("a line with %s is read as JSON, and nothing is cut out of it", (_, json) => {
  const parsed = parseLine(json);
  const { payload } = JSON.parse(json) as { readonly payload: object };
  if (json.includes('"x":{},"item"')) expect(parsed.kind).toBe("unreadable");
  else expect(parsed).toMatchObject({ kind: "line", itemJson: null, line: { payload } });
});

test.each([
  ["cut off", lineOf(`"item":${item}`).slice(0, -1)],
  ["too long", `${lineOf(`"item":${item}`)}}`],
  ["broken inside the item", lineOf(`"item":${item.replace('"role"', "role")}`)],
  ["broken inside the view", lineOf(`"view":${view.replace('"id"', "id")},"item":${item}`)],
  ["with an item that no provider takes", lineOf('"item":{"type":"message","content":null}')],
  [
    "with a view that does not fit the item",
    lineOf(`"view":${view},"item":{"type":"function_call","call_id":"c","name":"n","arguments":""}`),
  ],
  ["with a number that JSON does not have", lineOf(`"item":${item}`, "07")],
  ["with a time that is none", lineOf(`"item":${item}`, "7", "2027-99-99T99:99:99Z")],
])("a line that is %s is not read", (_, json) => {
  expect(parseLine(json)).toEqual({ kind: "unreadable" });
});
