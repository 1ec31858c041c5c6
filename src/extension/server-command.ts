import { chooseProvider, providerArguments } from "./provider.ts";
import type { ProviderFacts } from "./provider.ts";
import type { ServerCommand } from "./server-process.ts";

export interface ServerCommandFacts {
  /** The bundled server. */
  readonly cliPath: string;
  /** VS Code's own runtime, which acts as Node when told to. */
  readonly runtimePath: string;
  readonly env: NodeJS.ProcessEnv;
  /** `turnwright.server.*`; null: the bundled one. */
  readonly otherServer: { readonly path: string; readonly args: readonly string[] } | null;
  readonly provider: ProviderFacts;
  /** Paths of the window's folders, if the user trusts the workspace. */
  readonly trustedFolders: readonly string[];
}

/** The command line of the server, whether the demo model will answer, and whether that is because there is nothing else. */
export function serverCommand(facts: ServerCommandFacts): {
  command: ServerCommand;
  isDemo: boolean;
  isLastResort: boolean;
} {
  const { otherServer, env, provider } = facts;
  if (otherServer !== null) {
    // Another server knows no demo model, and what it does without a provider is its own affair.
    const isSet = provider.setting !== "" && provider.setting !== "demo";
    const words = providerArguments(isSet ? provider.setting : null);
    const command = { command: otherServer.path, args: [...otherServer.args, ...words], env };
    return { command, isDemo: false, isLastResort: false };
  }
  const { override, isDemo, isLastResort } = chooseProvider(provider);
  const { TURNWRIGHT_SERVER_INSPECT: inspect } = env;
  const debug = inspect === undefined || inspect === "" ? [] : [`--inspect=${inspect}`];
  const args = [
    ...debug,
    facts.cliPath,
    "app-server",
    ...providerArguments(override),
    ...trustArguments(facts.trustedFolders),
  ];
  return { command: { command: facts.runtimePath, args, env: serverEnvironment(env) }, isDemo, isLastResort };
}

/**
 * Command-line words that tell the server what the user told the editor: for this process, these folders are trusted. As one value, since a path
 * may hold an equals sign.
 */
function trustArguments(folders: readonly string[]): string[] {
  if (folders.length === 0) return [];
  const entries = folders.map((folder) => `${JSON.stringify(folder)} = { trust_level = "trusted" }`);
  return ["-c", `projects={ ${entries.join(", ")} }`];
}

/** The runtime acts as Node, and what a debugger planted for the extension host stays with the extension host. */
function serverEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, VSCODE_INSPECTOR_OPTIONS: _inspector, ...rest } = env;
  return { ...rest, ELECTRON_RUN_AS_NODE: "1" };
}
