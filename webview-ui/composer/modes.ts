import type { Mode } from "../../src/protocol/host.ts";
import type { Choice } from "../controls/picker.tsx";

const choices: { readonly [M in Mode]: Choice } = {
  plan: { id: "plan", name: "Plan", detail: "Looks and proposes a plan. Changes nothing.", icon: "eye" },
  ask: { id: "ask", name: "Ask", detail: "Asks before every edit. Commands run in the sandbox.", icon: "diff" },
  agent: {
    id: "agent",
    name: "Agent",
    detail: "Edits the workspace; you review afterwards. Commands run in the sandbox.",
    icon: "sparkle",
  },
  full: {
    id: "full",
    name: "Full access",
    detail: "No sandbox and no questions. Only where nothing can be lost.",
    icon: "unlock",
    isRisky: true,
  },
};

/** The modes that may be chosen now, in order of what they allow. */
export const modeChoices = (allowed: readonly Mode[]): readonly Choice[] =>
  Object.values(choices).filter(({ id }) => allowed.some((mode) => mode === id));

/** Narrows an id of {@link modeChoices}. */
export const isMode = (id: string): id is Mode => Object.hasOwn(choices, id);
export const modeName = (mode: Mode): string => choices[mode].name;
