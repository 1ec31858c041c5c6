import type { HostState, PanelCommand } from "../../src/protocol/host.ts";
import type { IconName } from "../controls/icon.tsx";
import type { PanelStore } from "../store.ts";
import { isMode } from "./modes.ts";

/** A command of the composer, called by `/name` at the beginning of the message. */
export interface SlashCommand {
  readonly name: string;
  readonly detail: string;
  readonly icon: IconName;
  /**
   * What may stand behind the name: `choice`, one of a list, without which it does nothing; `message`, which is sent when the command is done. Those
   * that take no choice run as soon as they are chosen.
   */
  readonly takes: "nothing" | "choice" | "message";
  /** It is used often, and stands before the prompts. */
  readonly isFrequent: boolean;
  /** `choice` is empty for those that take none. False: there is no such choice. */
  run(choice: string): boolean;
}

type Named = Pick<SlashCommand, "name" | "detail" | "icon">;

const frequentCommands: readonly (Named & { readonly command: PanelCommand })[] = [
  { name: "new", detail: "Start a new thread", icon: "add", command: "newThread" },
  { name: "compact", detail: "Summarize the conversation to make room", icon: "fold", command: "compact" },
];
const otherCommands: readonly (Named & { readonly command: PanelCommand })[] = [
  { name: "files", detail: "Name files of the workspace", icon: "file", command: "addFiles" },
  {
    name: "selection",
    detail: "Quote what is selected in the editor",
    icon: "selection",
    command: "askAboutSelection",
  },
  { name: "local", detail: "Use a model that runs on this machine", icon: "server", command: "useLocalModel" },
  { name: "login", detail: "Sign in to the model provider", icon: "account", command: "signIn" },
  { name: "settings", detail: "Open the settings", icon: "settings", command: "openSettings" },
  { name: "log", detail: "Show what the agent's server logs", icon: "output", command: "showLog" },
];

/** The commands that make sense now, those that are used most first. */
export function slashCommands(
  host: HostState,
  store: Pick<PanelStore, "runCommand" | "setMode" | "setModel">,
  showHelp: () => void,
): readonly SlashCommand[] {
  const ofEditor =
    (isFrequent: boolean) =>
    ({ command, ...named }: Named & { readonly command: PanelCommand }): SlashCommand => ({
      ...named,
      isFrequent,
      takes: "nothing",
      run: () => done(store.runCommand(command)),
    });
  return [
    ...frequentCommands.filter(({ command }) => command !== "compact" || host.threadId !== null).map(ofEditor(true)),
    {
      name: "plan",
      detail: "Switch to Plan: the agent looks and proposes, and changes nothing",
      icon: "eye",
      takes: "message",
      isFrequent: true,
      run: () => done(store.setMode("plan")),
    },
    {
      name: "mode",
      detail: "Choose what the agent may do by itself",
      icon: "shield",
      takes: "choice",
      isFrequent: true,
      run: (id) => isMode(id) && host.modes.includes(id) && done(store.setMode(id)),
    },
    {
      name: "model",
      detail: "Choose the model",
      icon: "sparkle",
      takes: "choice",
      isFrequent: true,
      run: (id) => host.models.some((model) => model.id === id) && done(store.setModel(id)),
    },
    ...otherCommands.map(ofEditor(false)),
    {
      name: "help",
      detail: "What the composer understands",
      icon: "info",
      takes: "nothing",
      isFrequent: false,
      run: () => done(showHelp()),
    },
  ];
}

const done = (_outcome: unknown): true => true;
