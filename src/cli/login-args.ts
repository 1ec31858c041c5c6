import { parseArgs } from "node:util";

/** How `turnwright login` signs in. */
export interface LoginTask {
  /** Null: the configured one. */
  readonly provider: string | null;
  /** `auto`: by OAuth where the provider has it, else with a key from stdin. */
  readonly way: "auto" | "device" | "apiKey";
}

/** What the words after `login` ask for, or what is wrong with them. */
export function parseLoginArgs(args: readonly string[]): LoginTask | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        provider: { type: "string" },
        device: { type: "boolean", default: false },
        "with-api-key": { type: "boolean", default: false },
      },
    });
    const { provider = null, device, "with-api-key": withKey } = values;
    if (provider === "") return "--provider needs the id of a model provider";
    if (device && withKey) return "--device and --with-api-key are two ways to sign in; choose one";
    return { provider, way: device ? "device" : withKey ? "apiKey" : "auto" };
  } catch {
    // The parser's words quote the arguments, and a key may have been given as one.
    return "login takes --provider ID, --device and --with-api-key; a key is read from stdin, where no other process sees it";
  }
}
