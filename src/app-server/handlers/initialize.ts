import os from "node:os";
import type { InitializeParams } from "../../protocol/initialize.ts";
import type { ClientMethods } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { InitializedClient } from "../connection.ts";
import { installationId } from "../installation.ts";
import type { HandlerContext } from "../server.ts";
import { version } from "../version.ts";

const platforms: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: "macos", win32: "windows" };

/** What may stand in an HTTP header. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/gu, "_").slice(0, 200);

const userAgentOf = (client: { readonly name: string; readonly version: string }): string => {
  const terminal = process.env["TERM_PROGRAM"] ?? process.env["TERM"] ?? "unknown";
  const machine = `${os.type()} ${os.release()}; ${os.machine()}`;
  return printable(`${client.name}/${version} (${machine}) ${terminal} (${client.name}; ${client.version})`);
};

const clientOf = ({ clientInfo, capabilities }: InitializeParams): InitializedClient => ({
  originator: { name: clientInfo.name, version: clientInfo.version },
  hasExperimentalApi: capabilities?.experimentalApi ?? false,
  turnwright: capabilities?.extensions?.turnwright ?? { review: false, editorWriter: false, sequence: false },
  isTurnwright: capabilities?.extensions?.turnwright !== undefined,
  optOut: new Set(capabilities?.optOutNotificationMethods),
});

/** A typing error in the configuration would otherwise go unnoticed. */
async function tellWarnings({ connection, options }: HandlerContext): Promise<void> {
  // A configuration that cannot be used at all is said on the request that needs it.
  const warnings = await options.configWarnings().catch(() => []);
  for (const summary of warnings) {
    options.onFault(summary);
    connection.notify("configWarning", { summary, details: null });
  }
}

export const initializeHandlers = (context: HandlerContext): Pick<Handlers<ClientMethods>, "initialize"> => ({
  initialize: async (params) => {
    const { connection, options, threads } = context;
    connection.client = clientOf(params);
    const userAgent = userAgentOf(params.clientInfo);
    connection.afterAnswer(() => {
      connection.notify("remoteControl/status/changed", {
        status: "disabled",
        serverName: os.hostname(),
        installationId: installationId(options.home, options.onFault),
        environmentId: null,
      });
      // Core is loaded while the client reads the answer, which leaves in this tick; whoever needs core first hears of a failure.
      setImmediate(() => {
        threads().catch((error: unknown) => options.onFault("core could not be loaded", error));
        void tellWarnings(context);
      });
    });
    return {
      userAgent,
      codexHome: options.home,
      platformFamily: process.platform === "win32" ? "windows" : "unix",
      platformOs: platforms[process.platform] ?? process.platform,
      extensions: { turnwright: { version } },
    };
  },
});
