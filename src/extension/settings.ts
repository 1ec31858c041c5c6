import * as vscode from "vscode";
import * as z from "zod";
import { Mode } from "../protocol/host.ts";
import type { HostState } from "../protocol/host.ts";
import type { ProxySettings } from "./proxy.ts";

/** `turnwright.*` as the user set it; a value of a wrong shape counts as not set. */
export interface Settings {
  readonly approvals: "dialog" | "panel";
  readonly sendKey: HostState["sendKey"];
  readonly defaultMode: Mode;
  readonly model: string | null;
  readonly modelProvider: string;
  /** Another app server; null: the bundled one. */
  readonly server: { readonly path: string; readonly args: readonly string[] } | null;
}

const text = z
  .string()
  .catch("")
  .transform((value) => value.trim());

/** Writes the user's own settings, for all windows: an explicit choice. Null: back to what is chosen without one. */
export async function rememberModel(
  choice: { readonly provider: string; readonly model: string } | null,
): Promise<void> {
  const settings = vscode.workspace.getConfiguration("turnwright");
  // The provider last: the server starts again with it, and the model is there by then.
  await settings.update("model", choice?.model, vscode.ConfigurationTarget.Global);
  await settings.update("modelProvider", choice?.provider, vscode.ConfigurationTarget.Global);
}

/** How VS Code itself reaches the world. Only what the user set: a workspace must not lead the server's requests elsewhere. */
export function readProxySettings(): ProxySettings {
  const settings = vscode.workspace.getConfiguration("http");
  const own = (name: string): unknown => settings.inspect(name)?.globalValue;
  return {
    url: text.parse(own("proxy")),
    support: text.parse(own("proxySupport")),
    noProxy: z.array(z.string()).catch([]).parse(own("noProxy")),
  };
}

/** Reads the settings now; they are cheap and can change at any time. */
export function readSettings(): Settings {
  const settings = vscode.workspace.getConfiguration("turnwright");
  const path = text.parse(settings.get("server.path"));
  return {
    approvals: z.enum(["dialog", "panel"]).catch("dialog").parse(settings.get("approvals")),
    sendKey: z.enum(["enter", "ctrlEnter"]).catch("enter").parse(settings.get("sendKey")),
    defaultMode: Mode.exclude(["full"]).catch("ask").parse(settings.get("defaultMode")),
    model: text.parse(settings.get("model")) || null,
    modelProvider: text.parse(settings.get("modelProvider")),
    server:
      path === "" ? null : { path, args: z.array(z.string()).catch(["app-server"]).parse(settings.get("server.args")) },
  };
}
