import type { HostState } from "../../src/protocol/host.ts";
import type { IconName } from "../controls/icon.tsx";

export type Suggestion = {
  readonly title: string;
  readonly detail: string;
  readonly icon: IconName;
  /** Sent at once, or put into the composer for the user to finish. */
  readonly text: string;
  readonly isSent: boolean;
};

const explain: Suggestion = {
  title: "Explain this project",
  detail: "What it does, how it is built, where to start reading",
  icon: "book",
  text: "Explain this project",
  isSent: true,
};
const fix: Suggestion = {
  title: "Fix the failing test",
  detail: "Run the tests, find the cause, propose an edit",
  icon: "beaker",
  text: "Fix the failing test",
  isSent: true,
};
const feature: Suggestion = {
  title: "Add a feature",
  detail: "Describe it; you review every edit",
  icon: "newFile",
  text: "Add a feature: ",
  isSent: false,
};
const demoFeature: Suggestion = {
  ...feature,
  detail: "With a new file, for you to review",
  text: "Add a feature",
  isSent: true,
};
const demoCommand: Suggestion = {
  title: "Run a command that needs approval",
  detail: "You decide before it runs",
  icon: "shield",
  text: "Run a command that needs approval",
  isSent: true,
};

const plan: Suggestion = {
  title: "Plan a change",
  detail: "Describe it; the agent looks and proposes the steps",
  icon: "checklist",
  text: "Plan a change: ",
  isSent: false,
};

/** What a newcomer can start with. The demo's script knows these texts. */
export function suggestionsFor({ isDemo, isTrusted, hasWorkspace, server }: HostState): readonly Suggestion[] {
  if (!hasWorkspace || server.status === "stopped") return [];
  if (!isTrusted) return [explain, plan];
  return isDemo ? [explain, fix, demoFeature, demoCommand] : [explain, fix, feature];
}
