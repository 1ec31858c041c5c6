import { expect, test } from "vitest";
import { chooseProvider, providerArguments } from "../../src/extension/provider.ts";
import { parseOverride } from "../../src/core/config/override.ts";
import { serverCommand } from "../../src/extension/server-command.ts";

const nothing = { setting: "", isDemoFolder: false, hasKey: false, configTexts: [] };
const lastResort = { override: "demo", isDemo: true, isLastResort: true };
const chosenDemo = { ...lastResort, isLastResort: false };
const own = { override: null, isDemo: false, isLastResort: false };

test("without a key and without a configuration the demo answers", () => {
  expect(chooseProvider(nothing)).toEqual(lastResort);
  expect(chooseProvider({ ...nothing, configTexts: ['approval_policy = "never"\n'] })).toEqual(lastResort);
});

test("a key, or a configured provider, leaves the choice to the server", () => {
  expect(chooseProvider({ ...nothing, hasKey: true })).toEqual(own);
  expect(chooseProvider({ ...nothing, configTexts: ['model_provider = "local"\n'] })).toEqual(own);
  expect(chooseProvider({ ...nothing, configTexts: ['profile = "work"\n'] })).toEqual(own);
});

test("a configuration that cannot be read is the server's to complain about", () => {
  expect(chooseProvider({ ...nothing, configTexts: ["model_provider = \n"] })).toEqual(own);
});

test("the machine's configuration counts too, and the user's goes before it", () => {
  const machine = 'model_provider = "gateway"\n';
  expect(chooseProvider({ ...nothing, configTexts: [machine] })).toEqual(own);
  expect(chooseProvider({ ...nothing, configTexts: [machine, 'model = "m"\n'] })).toEqual(own);
  expect(chooseProvider({ ...nothing, configTexts: [machine, 'model_provider = "demo"\n'] })).toEqual({
    ...own,
    isDemo: true,
  });
});

test("the setting goes before the configuration, the demo folder before both", () => {
  const facts = { ...nothing, setting: "local", hasKey: true, configTexts: ['model_provider = "other"\n'] };
  expect(chooseProvider(facts)).toEqual({ ...own, override: "local" });
  expect(chooseProvider({ ...facts, isDemoFolder: true })).toEqual(chosenDemo);
});

test("the demo is the last resort only while nobody chose it and there is nothing else", () => {
  expect(chooseProvider({ ...nothing, setting: "demo" })).toEqual(chosenDemo);
  expect(chooseProvider({ ...nothing, configTexts: ['model_provider = "demo"\n'] })).toEqual({ ...own, isDemo: true });
  expect(chooseProvider({ ...nothing, isDemoFolder: true })).toEqual(lastResort);
  expect(chooseProvider({ ...nothing, isDemoFolder: true, hasKey: true })).toEqual(chosenDemo);
});

test("the provider is said on the command line as a TOML string, only when it must be", () => {
  expect(providerArguments(null)).toEqual([]);
  expect(providerArguments('a"b')).toEqual(["-c", 'model_provider="a\\"b"']);
});

test("the bundled server runs on the editor's runtime as Node, without the debugger's options", () => {
  const { command, isDemo } = serverCommand({
    trustedFolders: [],
    cliPath: "/x/dist/cli.js",
    runtimePath: "/code",
    env: { PATH: "/bin", NODE_OPTIONS: "--require bootloader", VSCODE_INSPECTOR_OPTIONS: "{}" },
    otherServer: null,
    provider: nothing,
  });
  expect(command).toEqual({
    command: "/code",
    args: ["/x/dist/cli.js", "app-server", "-c", 'model_provider="demo"'],
    env: { PATH: "/bin", ELECTRON_RUN_AS_NODE: "1" },
  });
  expect(isDemo).toBe(true);
});

test("another server gets its own arguments and never the demo", () => {
  const { command, isDemo } = serverCommand({
    trustedFolders: [],
    cliPath: "/x/dist/cli.js",
    runtimePath: "/code",
    env: { PATH: "/bin" },
    otherServer: { path: "codex", args: ["app-server"] },
    provider: nothing,
  });
  expect(command).toEqual({ command: "codex", args: ["app-server"], env: { PATH: "/bin" } });
  expect(isDemo).toBe(false);
});

test("the server is told which folders the user trusts, whatever is in their names", () => {
  const { command } = serverCommand({
    cliPath: "/ext/cli.js",
    runtimePath: "/usr/bin/code",
    env: {},
    otherServer: null,
    provider: { setting: "openai", isDemoFolder: false, hasKey: true, configTexts: [] },
    trustedFolders: ["/home/ada/a=b", 'C:\\it\'s "one"'],
  });
  const value = command.args.at(-1) ?? "";
  const read = parseOverride(value);
  expect(read).toMatchObject({
    kind: "parsed",
    values: {
      projects: { "/home/ada/a=b": { trust_level: "trusted" }, 'C:\\it\'s "one"': { trust_level: "trusted" } },
    },
  });
});
