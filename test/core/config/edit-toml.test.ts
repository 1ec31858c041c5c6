import fc from "fast-check";
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { type Change, changesBetween } from "../../../src/core/config/changes.ts";
import { editToml } from "../../../src/core/config/edit-toml.ts";
import { isTable, merge, nest, type Table } from "../../../src/core/config/layers.ts";

const put = (table: Table, path: readonly string[], value: unknown): Table => {
  const [key = "", ...rest] = path;
  const below = Object.hasOwn(table, key) ? table[key] : undefined;
  const next = rest.length === 0 ? value : put(isTable(below) ? below : {}, rest, value);
  return Object.fromEntries([...Object.entries(table).filter(([name]) => name !== key), [key, next]]);
};
const cut = (table: Table, path: readonly string[]): Table => {
  const [key = "", ...rest] = path;
  const below = Object.hasOwn(table, key) ? table[key] : undefined;
  if (rest.length > 0) return isTable(below) ? put(table, [key], cut(below, rest)) : table;
  return Object.fromEntries(Object.entries(table).filter(([name]) => name !== key));
};
/** Without tables that hold nothing: whether one is left behind where something was removed is a matter of taste. */
const pruned = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(pruned);
  if (!isTable(value)) return value;
  const members = Object.entries(value).map(([key, member]): [string, unknown] => [key, pruned(member)]);
  return Object.fromEntries(members.filter(([, member]) => !isTable(member) || Object.keys(member).length > 0));
};

const change = async (text: string, after: (before: Table) => Table): Promise<string> => {
  const before = parse(text);
  return editToml(text, changesBetween(before, after(before)));
};
const set = (text: string, path: readonly string[], value: unknown) => change(text, (table) => put(table, path, value));
const remove = (text: string, path: readonly string[]) => change(text, (table) => cut(table, path));

const document = `# top comment
model = "gpt-5.5" # trailing

# about approvals
approval_policy = 'on-request'   # keep

[model_providers.mock]
  name = "Mock"   # n
  base_url = "http://127.0.0.1:9/v1"

[model_providers.mock.http_headers]
"X-A" = "1"

# after
[projects."/a/b"] # proj
trust_level = "trusted"

[tui]
list = [
  "a", # first
  "b",
]
inline = { a = 1, b = { c = 2 } }
dotted.x = 1
`;
/** Lines that went and came, as a diff shows them, but for blank ones. */
const difference = (before: string, after: string): string[] => {
  const [old, now] = [before.split("\n"), after.split("\n")];
  let from = 0;
  while (from < old.length && old[from] === now[from]) from++;
  let [oldEnd, nowEnd] = [old.length, now.length];
  while (oldEnd > from && nowEnd > from && old[oldEnd - 1] === now[nowEnd - 1])
    [oldEnd, nowEnd] = [oldEnd - 1, nowEnd - 1];
  const lines = [
    ...old.slice(from, oldEnd).map((line) => `-${line}`),
    ...now.slice(from, nowEnd).map((line) => `+${line}`),
  ];
  return lines.filter((line) => line.length > 1);
};

test.each([
  ["model", ["model"], "x", ['-model = "gpt-5.5" # trailing', '+model = "x" # trailing']],
  ["a new value of the root", ["sandbox_mode"], "read-only", ['+sandbox_mode = "read-only"']],
  [
    "a new value of a section, indented as its neighbours",
    ["model_providers", "mock", "env_key"],
    "K",
    ['+  env_key = "K"'],
  ],
  [
    "a new member of an inline table",
    ["tui", "inline", "b", "d"],
    true,
    ["-inline = { a = 1, b = { c = 2 } }", "+inline = { a = 1, b = { c = 2, d = true } }"],
  ],
  ["a new member of a table made by dotted keys", ["tui", "dotted", "y"], 2, ["+dotted.y = 2"]],
  [
    "a value below a section that is not there",
    ["sandbox_workspace_write", "network_access"],
    true,
    ["+[sandbox_workspace_write]", "+network_access = true"],
  ],
  [
    "a table beside its like",
    ["model_providers", "other"],
    { name: "O", http_headers: { a: "b" } },
    ["+[model_providers.other]", '+name = "O"', "+[model_providers.other.http_headers]", '+a = "b"'],
  ],
  ["a value in place of a table", ["model_providers"], 1, ["+model_providers = 1", "-[model_providers.mock]"]],
])("%s is set, and nothing else changes", async (name, path, value, lines) => {
  const edited = await set(document, path, value);
  expect(parse(edited)).toEqual(put(parse(document), path, value));
  if (name === "a value in place of a table")
    expect(edited).toContain(`# keep\nmodel_providers = 1\n\n# after\n[projects`);
  else expect(difference(document, edited)).toEqual(lines);
});

test.each([
  [["model"], ['-model = "gpt-5.5" # trailing']],
  [["model_providers", "mock", "name"], ['-  name = "Mock"   # n']],
  [
    ["model_providers", "mock", "http_headers"],
    ["-[model_providers.mock.http_headers]", '-"X-A" = "1"'],
  ],
  [
    ["projects", "/a/b"],
    ['-[projects."/a/b"] # proj', '-trust_level = "trusted"'],
  ],
  [
    ["tui", "inline", "a"],
    ["-inline = { a = 1, b = { c = 2 } }", "+inline = { b = { c = 2 } }"],
  ],
  [
    ["tui", "inline", "b", "c"],
    ["-inline = { a = 1, b = { c = 2 } }", "+inline = { a = 1, b = {} }"],
  ],
  [["nothing", "here"], []],
])("%j is removed, and nothing else changes", async (path, lines) => {
  const edited = await remove(document, path);
  expect(pruned(parse(edited))).toEqual(pruned(cut(parse(document), path)));
  expect(difference(document, edited)).toEqual(lines);
});

test("the first value of a document goes above the comment of its first section, or to its end", async () => {
  expect(await set("# c\n[a]\nb = 1\n", ["x"], 1)).toBe("x = 1\n\n# c\n[a]\nb = 1\n");
  expect(await set("# c\n", ["x"], 1)).toBe("# c\nx = 1\n");
  expect(await set("# c", ["x"], 1)).toBe("# c\nx = 1\n");
  expect(await set("", ["a", "x"], 1)).toBe("[a]\nx = 1\n");
});

test("a text with CRLF gets CRLF", async () => {
  expect(await set("a = 1\r\n[b]\r\nc = 1\r\n", ["b", "d"], "x")).toBe('a = 1\r\n[b]\r\nc = 1\r\nd = "x"\r\n');
  expect(await set("a = 1\r\n", ["b"], { c: 1 })).toBe("a = 1\r\n\r\n[b]\r\nc = 1\r\n");
});

test("a table without members is written where there was none", async () => {
  expect(parse(await set("a = 1\n", ["mcp_servers"], {}))).toEqual({ a: 1, mcp_servers: {} });
});

const name = fc.constantFrom("a", "b", "c", "d-e", "/x.y", "ü", "");
const path = fc.array(name, { minLength: 1, maxLength: 3 });
const scalar = fc.oneof(
  fc.string({ unit: "grapheme" }).filter((text) => text.isWellFormed()),
  fc.constantFrom("it's", '"', "\\", "\u0000\n\r\t\u007f", "'''", '"""'),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.boolean(),
);
const { value } = fc.letrec<{ value: unknown; table: Table }>((tie) => ({
  value: fc.oneof({ maxDepth: 2 }, scalar, fc.array(tie("value"), { maxLength: 2 }), tie("table")),
  table: fc.dictionary(name, tie("value"), { maxKeys: 2, noNullPrototype: true }),
}));
const quoted = (keys: readonly string[]) =>
  keys.map((key) => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key))).join(" . ");
const literal = fc.constantFrom(
  "1",
  "0xdead_beef",
  "1e3",
  "'lit'",
  '"s"',
  '"""\nm # no comment\n\n"""',
  "1979-05-27T07:32:00Z",
  "07:32:00",
  "[]",
  "[1, 2]",
  "[\n  1, # one\n\n  2,\n]",
  "{}",
  "{ a = 1 }",
  "{a=1,b.c='x'}",
  "{ b = { a = [ { c = 1 } ] }, a = 2 }",
  "[{ a = 1 }]",
);
const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(path, literal, fc.constantFrom("", " # note", "\t"))
      .map(([keys, text, end]) => `${quoted(keys)} = ${text}${end}`),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(path, fc.constantFrom("", " # head")).map(([keys, end]) => `[${quoted(keys)}]${end}`),
  },
  { weight: 1, arbitrary: path.map((keys) => `[[${quoted(keys)}]]`) },
  { weight: 2, arbitrary: fc.constantFrom("", "  ", "# comment", "  # [a]", "#") },
);
/** Lines that a parser accepts together; one that it does not accept is left out. */
const toml = fc
  .tuple(fc.array(line, { maxLength: 14 }), fc.boolean(), fc.boolean())
  .map(([lines, isOpen, isWindows]) => {
    const kept: string[] = [];
    for (const next of lines) {
      try {
        parse([...kept, next].join("\n"));
        kept.push(next);
      } catch {
        // not valid here
      }
    }
    const text = kept.join("\n") + (isOpen ? "" : "\n");
    return isWindows ? text.replaceAll("\n", "\r\n") : text;
  });

/** Every line of `lines` is in `within`, in the same order. */
const isSubsequence = (lines: readonly string[], within: readonly string[]): boolean => {
  let at = 0;
  return lines.every((wanted) => {
    while (at < within.length && within[at] !== wanted) at++;
    return at++ < within.length;
  });
};

/** A few documents with arrays of tables are none half-way through a change; such a change is refused. */
const editKnown = (text: string, changes: readonly Change[]): Promise<string> =>
  editToml(text, changes).catch((error: unknown) => {
    fc.pre(!(error instanceof SyntaxError && text.includes("[[")));
    throw error;
  });

const numRuns = 300;

test("whatever is set in whatever document, the outcome means what was meant", async () => {
  await fc.assert(
    fc.asyncProperty(toml, path, value, async (text, at, next) => {
      const wanted = put(parse(text), at, next);
      const edited = await editKnown(text, changesBetween(parse(text), wanted));
      expect(pruned(parse(edited))).toEqual(pruned(wanted));
    }),
    { numRuns },
  );
});

test("whatever is merged into or removed from whatever document, the outcome means what was meant", async () => {
  await fc.assert(
    fc.asyncProperty(toml, path, value, path, async (text, at, next, gone) => {
      const wanted = cut(merge(parse(text), nest(at, next)), gone);
      const edited = await editKnown(text, changesBetween(parse(text), wanted));
      expect(pruned(parse(edited))).toEqual(pruned(wanted));
    }),
    { numRuns },
  );
});

test("what is added leaves every line as it was, and what is removed adds none", async () => {
  await fc.assert(
    fc.asyncProperty(toml, path, scalar, async (text, at, next) => {
      const before = parse(text);
      const isThere = JSON.stringify(cut(before, at)) !== JSON.stringify(before);
      const isInline = /\{/.test(text);
      const isBelowValue = at.some((_, index) => {
        const above = at
          .slice(0, index)
          .reduce<unknown>((table, key) => (isTable(table) ? table[key] : undefined), before);
        return index > 0 && above !== undefined && !isTable(above);
      });
      fc.pre(!isInline && !isBelowValue);
      const lines = text.split("\n");
      const added = (await editKnown(text, changesBetween(before, put(before, at, next)))).split("\n");
      const content = (all: readonly string[]) => all.map((each) => each.trimEnd()).filter((each) => each !== "");
      if (!isThere) expect(isSubsequence(content(lines), content(added))).toBe(true);
      const removed = await editKnown(text, changesBetween(before, cut(before, at)));
      expect(isSubsequence(content(removed.split("\n")), content(lines))).toBe(true);
    }),
    { numRuns },
  );
});
