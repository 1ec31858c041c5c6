import { expect, test } from "vitest";
import type { AnyItem, CommandAction } from "../../../src/protocol/items.ts";
import { describeExploration, rowsOf } from "../../../webview-ui/conversation/rows.ts";
import { answered, cwd, ran, reasoned } from "../helpers/threads.ts";

const read = (name: string): CommandAction => ({ type: "read", command: `cat ${name}`, name, path: `${cwd}/${name}` });
const search: CommandAction = { type: "search", command: "rg x", query: "x", path: null };
const list = (path: string | null): CommandAction => ({ type: "listFiles", command: "ls", path });
const looked = (...commandActions: CommandAction[]) => ran("look", { commandActions });

/** Rows as ids; a folded stretch as a list of them. */
const shape = (items: readonly AnyItem[]) =>
  rowsOf(items).map((row) => (row.kind === "item" ? [row.item.id, row.index] : row.items.map(({ id }) => id)));

test("commands that only look are folded where several follow one another, and nothing else is", () => {
  const [a, b, c, d] = [looked(read("a")), looked(search), looked(list("src")), looked(read("d"))];
  const [run, said] = [ran("npm test"), answered("Found it.")];
  expect(shape([a, run, b, c, d, said])).toEqual([
    [a.id, 0],
    [run.id, 1],
    [b.id, c.id, d.id],
    [said.id, 5],
  ]);
});

test("what is thought between two looks is folded with them, not what is thought before or after", () => {
  const [first, between, last] = [reasoned("1"), reasoned("2"), reasoned("3")];
  const [a, b] = [looked(read("a")), looked(read("b"))];
  expect(shape([first, a, between, b, last])).toEqual([
    [first.id, 0],
    [a.id, between.id, b.id],
    [last.id, 4],
  ]);
});

test("what runs, failed, was declined, or is still being thought stands for itself", () => {
  const one = looked(read("a"));
  const two = looked(read("b"));
  for (const other of [
    ran("cat c", { commandActions: [read("c")], status: "inProgress", exitCode: null }),
    ran("cat c", { commandActions: [read("c")], status: "failed", exitCode: 1 }),
    ran("cat c", { commandActions: [read("c")], status: "declined", exitCode: null }),
    ran("cat c", { commandActions: [read("c")], exitCode: 1 }),
    reasoned("hm", { completedAtMs: null }),
    { type: "imageView", id: "w" },
  ])
    expect(shape([one, other, two])).toHaveLength(3);
  expect(shape([])).toEqual([]);
});

test("a stretch is told in numbers; a single thing by its name", () => {
  expect(describeExploration([looked(read("a")), looked(read("b"), read("a")), looked(search)])).toBe(
    "Read 2 files, searched once",
  );
  expect(describeExploration([looked(read("a")), reasoned("?"), looked(read("a"))])).toBe("Read a");
  expect(describeExploration([looked(search), looked(search), looked(list("src")), looked(list(null))])).toBe(
    "Searched 2 times, listed 2 folders",
  );
});
