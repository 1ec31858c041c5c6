import { expect, test } from "vitest";
import { migrateLine } from "../../../../src/core/thread/rollout/migrate.ts";
import { parseLine } from "../../../../src/core/thread/rollout/parse-line.ts";

const frame = { timestamp: "2027-01-15T08:00:00.000Z", ordinal: 0 };
const meta = {
  id: "t",
  format: 1,
  createdAtMs: 1,
  cwd: "/w",
  originator: "o",
  cliVersion: "0.1.0",
  modelProvider: "p",
  git: null,
};

test("a first line of an older format gets what today's has, and keeps its number and what else it holds", () => {
  const old = { ...frame, type: "session_meta", payload: { ...meta, extra: 1 } };
  expect(parseLine(JSON.stringify(old))).toEqual({
    kind: "line",
    itemJson: null,
    line: {
      ...old,
      payload: { ...old.payload, forkedFromId: null, historyBase: [], preview: "", settings: null },
    },
  });
});

test("a line that today's format has as it is, one of a newer format, and what is no line are handed through", () => {
  const name = { ...frame, type: "thread_name", payload: { name: "n" } };
  const newer = { ...frame, type: "session_meta", payload: { ...meta, format: 99 } };
  expect(migrateLine(name, 1)).toEqual(name);
  expect(migrateLine(newer, 1)).toBe(newer);
  for (const garbage of [null, 5, [], {}, { type: 1 }, { type: "session_meta", payload: null }]) {
    expect(migrateLine(garbage, 1)).toBe(garbage);
  }
  for (const format of [0, -1, 1.5, "1", null]) {
    const strange = { ...frame, type: "session_meta", payload: { ...meta, format } };
    expect(migrateLine(strange, 1)).toBe(strange);
  }
});
