import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { positionOf } from "../../../src/core/config/positions.ts";

const toml = `# a = "comment [x]"
model = "m" # trailing
a.b . "c d" = 1

[model_providers.mine]
name = 'it''s'
text = """
[not.a.table]
key = 1 \\""" still
"""
inline = { x = 1, y = { z = [1, { w = "}" }] } }
list = [
  "]", # ]
  2,
]
'quoted "key"' = true
[[rules]]
pattern = 1979-05-27T07:32:00Z
[projects."/repo/a.b"]
trust_level = "bogus"
`.replace("it''s", "it is");

test.each([
  [["model"], 2, 9],
  [["a", "b", "c d"], 3, 15],
  [["model_providers", "mine"], 5, 2],
  [["model_providers", "mine", "name"], 6, 8],
  [["model_providers", "mine", "text"], 7, 8],
  [["model_providers", "mine", "inline", "x"], 11, 16],
  [["model_providers", "mine", "inline", "y", "z"], 11, 29],
  [["model_providers", "mine", "list"], 12, 8],
  [["model_providers", "mine", "list", "1"], 12, 8],
  [["model_providers", "mine", 'quoted "key"'], 16, 18],
  [["rules", "pattern"], 18, 11],
  [["projects", "/repo/a.b", "trust_level"], 20, 15],
  [["absent", "key"], 1, 1],
])("%j is found", (path, line, column) => {
  parse(toml); // the text is one that the parser takes
  expect(positionOf(toml, path)).toEqual({ line, column });
});

test("a text that is no TOML does not hang", () => {
  for (const text of ["[[[", 'a = "', "= = =", "a = [[[", "a = {", "\u0000", 'a = """']) {
    expect(positionOf(text, ["zzz"])).toEqual({ line: 1, column: 1 });
  }
});

test("lines that end in CRLF are counted as one", () => {
  expect(positionOf('a = 1\r\nb = "x"\r\n', ["b"])).toEqual({ line: 2, column: 5 });
});
