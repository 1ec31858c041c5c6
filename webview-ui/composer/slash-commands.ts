import type { HostState, PanelCommand } from "../../src/protocol/host.ts";
import type { IconName } from "../controls/icon.tsx";
import type { PanelStore } from "../store.ts";
import { isMode } from "./modes.ts";

/** A command of the composer, called by `/name` at the beginning of the message. */
export interface SlashCommand {
  readonly name: string;
  readonly detail: string;
  readonly icon: IconName;
  /** What to write behind the name; null: nothing. Then it runs as soon as it is chosen. */
  readonly argument: string | null;
  /** `argument` is what stands behind the name. False: that is nothing it can do something with. */
  run(argument: string): boolean;
}

const editorCommands: readonly (Omit<SlashCommand, "argument" | "run"> & { readonly command: PanelCommand })[] = [
  { name: "new", detail: "Start a new thread", icon: "add", command: "newThread" },
  { name: "files", detail: "Name files of the workspace", icon: "file", command: "addFiles" },
  {
    name: "selection",
    detail: "Quote what is selected in the editor",
    icon: "selection",
    command: "askAboutSelection",
  },
  { name: "local", detail: "Use a model that runs on this machine", icon: "server", command: "useLocalModel" },
  { name: "login", detail: "Sign in with an API key", icon: "account", command: "signIn" },
  { name: "settings", detail: "Open the settings", icon: "settings", command: "openSettings" },
  { name: "log", detail: "Show what the agent's server logs", icon: "output", command: "showLog" },
];

/** The commands that make sense now, those that are used most first. */
export function slashCommands(host: HostState, store: PanelStore, showHelp: () => void): readonly SlashCommand[] {
  const ofEditor = editorCommands.map(({ command, ...named }) => ({
    ...named,
    argument: null,
    run: () => {
      store.runCommand(command);
      return true;
    },
  }));
  const [first, ...others] = ofEditor;
  const mode: SlashCommand = {
    name: "mode",
    detail: "Choose what the agent may do by itself",
    icon: "shield",
    argument: "mode",
    run: (id) => {
      if (!isMode(id) || !host.modes.includes(id)) return false;
      store.setMode(id);
      return true;
    },
  };
  const plan: SlashCommand = {
    name: "plan",
    detail: "Switch to Plan: the agent looks and proposes, and changes nothing",
    icon: "eye",
    argument: null,
    run: () => {
      store.setMode("plan");
      return true;
    },
  };
  const model: SlashCommand = {
    name: "model",
    detail: "Choose the model",
    icon: "sparkle",
    argument: "model",
    run: (id) => {
      if (!host.models.some((one) => one.id === id)) return false;
      store.setModel(id);
      return true;
    },
  };
  const help: SlashCommand = {
    name: "help",
    detail: "What the composer understands",
    icon: "info",
    argument: null,
    run: () => {
      showHelp();
      return true;
    },
  };
  return [...(first === undefined ? [] : [first]), plan, mode, model, ...others, help];
}
