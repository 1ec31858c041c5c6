import { expect, test } from "vitest";
import { parseLoginArgs } from "../../src/cli/login-args.ts";

const parse = (args: string) => parseLoginArgs(args === "" ? [] : args.split(" "));

test("login takes a provider and a way to sign in", () => {
  expect(parse("")).toEqual({ provider: null, way: "auto" });
  expect(parse("--provider gateway --device")).toEqual({ provider: "gateway", way: "device" });
  expect(parse("--with-api-key")).toEqual({ provider: null, way: "apiKey" });
});

test("what is wrong is said without repeating words that may be a key", () => {
  expect(parse("--provider=")).toBe("--provider needs the id of a model provider");
  expect(parse("--device --with-api-key")).toContain("two ways to sign in");
  for (const words of ["sk-secret", "--key sk-secret", "--provider"]) {
    expect(parse(words)).toEqual(expect.stringContaining("a key is read from stdin"));
    expect(parse(words)).not.toContain("sk-secret");
  }
});
