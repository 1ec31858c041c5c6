import { parseArgs } from "node:util";
import { type Address, isLoopback, parseAddress } from "../app-server/listen/address.ts";

/** What `app-server` is asked to be. */
export type AppServerTask =
  | {
      readonly kind: "serve";
      readonly address: Address;
      /** Clients over TCP must show the token in it; null: none is needed. */
      readonly tokenFile: string | null;
      readonly overrides: readonly string[];
    }
  /** A pipe to a server that outlives it; `window` tells the servers of one user apart. */
  | { readonly kind: "attach"; readonly window: string; readonly overrides: readonly string[] }
  /** That server; only `attach` starts it. */
  | { readonly kind: "attached"; readonly socket: string; readonly overrides: readonly string[] };

/** The task, or what is wrong with the arguments. */
export function parseAppServerArgs(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): AppServerTask | string {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        listen: { type: "string" },
        "ws-token-file": { type: "string" },
        attach: { type: "boolean" },
        window: { type: "string" },
        attached: { type: "string" },
        config: { type: "string", short: "c", multiple: true },
      },
    }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const overrides = values.config ?? [];
  const tokenFile = values["ws-token-file"] ?? null;
  if (values.attached !== undefined) return { kind: "attached", socket: values.attached, overrides };
  if (values.attach === true) {
    if (values.listen !== undefined || tokenFile !== null) return "--attach goes without --listen and --ws-token-file";
    return { kind: "attach", window: values.window ?? env["TURNWRIGHT_WINDOW"] ?? "", overrides };
  }
  if (values.window !== undefined) return "--window goes with --attach";
  const address = parseAddress(values.listen ?? "stdio://", cwd);
  if (typeof address === "string") return address;
  if (tokenFile !== null && address.kind !== "webSocket") return "--ws-token-file goes with --listen ws://IP:PORT";
  if (address.kind === "webSocket" && tokenFile === null && !isLoopback(address.host)) {
    return `${address.host} can be reached from other machines: --ws-token-file FILE is needed`;
  }
  return { kind: "serve", address, tokenFile, overrides };
}
