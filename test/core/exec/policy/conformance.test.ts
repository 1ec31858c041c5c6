import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { judge } from "./judge.ts";

const file = resolve(
  process.env["TURNWRIGHT_SHARED"] ?? resolve(import.meta.dirname, "../../../../../shared"),
  "conformance/command-policy.json",
);
const Verdict = z.enum(["safe", "ask", "danger"]);
const Cases = z.object({ cases: z.array(z.object({ id: z.string(), shell: z.string(), expected: Verdict })) });

describe("sample cases of the command policy", () => {
  if (!existsSync(file)) {
    process.stderr.write(
      `Left out: the cases are not at ${file} (set TURNWRIGHT_SHARED to the folder that holds them).\n`,
    );
    test("they are left out, since they are not on this machine", () => {
      expect(existsSync(file)).toBe(false);
    });
    return;
  }
  const { cases } = Cases.parse(JSON.parse(readFileSync(file, "utf8")));

  test("there are cases", () => {
    expect(cases.length).toBeGreaterThan(100);
  });

  test.each(cases)("$id: $shell is $expected", ({ shell, expected }) => {
    expect(judge(shell).verdict).toBe(expected);
  });
});
