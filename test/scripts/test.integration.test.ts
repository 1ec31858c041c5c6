import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const run = (...args: string[]) => {
  const { status, stderr } = spawnSync(process.execPath, [path.join(root, "scripts", "test.mjs"), ...args], {
    encoding: "utf8",
  });
  return { status, stderr };
};

test("a step that does not exist is named, with those that do, before anything is set up", () => {
  expect(run("--only", "unit,units")).toEqual({
    status: 1,
    stderr: "\nThere is no step units. Steps: check, package, unit, integration, oldest, e2e.\n",
  });
});

test("an unknown option is told how it is used", () => {
  const { status, stderr } = run("--fast");
  expect(status).toBe(1);
  expect(stderr).toContain("Usage: npm test -- [--only check,package,unit,integration,oldest,e2e]");
});
