import fc from "fast-check";
import { expect, test } from "vitest";
import { rawMember } from "../../../src/core/model/raw-json.ts";

test("the raw member of any object parses to the member", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.jsonValue(),
      fc.constantFrom(0, 1, 2),
      (other, item, indent) => {
        const json = JSON.stringify({ ...other, item, last: "]}\\" }, null, indent);
        const raw = rawMember(json, "item");
        expect(raw).not.toBeNull();
        expect(JSON.parse(raw ?? "")).toEqual(JSON.parse(JSON.stringify(item)));
        expect(json).toContain(raw);
      },
    ),
  );
});

test.each([
  ['{"item":1,"a":2,"item":{"b":"}"}}', '{"b":"}"}'],
  ['{"a":{"item":1}}', null],
  ['{"it\\u0065m":1}', null],
  ["{}", null],
  [' { "item" : -1.5e3 } ', "-1.5e3"],
  ['{"item":"\\\\"}', '"\\\\"'],
])("%s", (json, raw) => {
  expect(rawMember(json, "item")).toBe(raw);
});
