import { expect, test } from "vitest";
import { parseAppServerArgs } from "../../src/cli/app-server-args.ts";

const parse = (args: string, env: NodeJS.ProcessEnv = {}) =>
  parseAppServerArgs(args === "" ? [] : args.split(" "), { cwd: "/here", env });

test("without arguments it serves stdio, with --listen a socket", () => {
  const serve = { kind: "serve", tokenFile: null, overrides: [] };
  expect(parse("")).toEqual({ ...serve, address: { kind: "stdio" } });
  expect(parse("--listen unix://s -c a=1 --config b=2")).toEqual({
    ...serve,
    address: { kind: "unixSocket", path: "/here/s" },
    overrides: ["a=1", "b=2"],
  });
});

test("an address that others can reach needs a token, this machine's own does not", () => {
  expect(parse("--listen ws://127.0.0.1:0")).toMatchObject({ kind: "serve", tokenFile: null });
  expect(parse("--listen ws://[::]:0")).toBe(":: can be reached from other machines: --ws-token-file FILE is needed");
  expect(parse("--listen ws://[::]:0 --ws-token-file t")).toMatchObject({ kind: "serve", tokenFile: "t" });
  expect(parse("--ws-token-file t")).toBe("--ws-token-file goes with --listen ws://IP:PORT");
});

test("--attach takes the window from its argument or the environment", () => {
  expect(parse("--attach")).toEqual({ kind: "attach", window: "", overrides: [] });
  expect(parse("--attach", { TURNWRIGHT_WINDOW: "e" })).toMatchObject({ window: "e" });
  expect(parse("--attach --window w", { TURNWRIGHT_WINDOW: "e" })).toMatchObject({ window: "w" });
  expect(parse("--window w")).toBe("--window goes with --attach");
  expect(parse("--attach --listen stdio://")).toBe("--attach goes without --listen and --ws-token-file");
});
