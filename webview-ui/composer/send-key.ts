import type { HostState } from "../../src/protocol/host.ts";

/** What is looked at of a key event. */
export interface KeyStroke {
  readonly key: string;
  readonly keyCode: number;
  readonly isComposing: boolean;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** The key belongs to an input method: browsers mark it `isComposing`, or, some of them, only by key code 229. */
export const isComposing = (stroke: KeyStroke): boolean => stroke.isComposing || stroke.keyCode === 229;

/** True when the key sends. An Enter that confirms an input method's suggestion never does. */
export function isSendKey(stroke: KeyStroke, sendKey: HostState["sendKey"]): boolean {
  if (stroke.key !== "Enter" || isComposing(stroke)) return false;
  const hasModifier = stroke.ctrlKey || stroke.metaKey;
  if (sendKey === "ctrlEnter") return hasModifier;
  return hasModifier || (!stroke.shiftKey && !stroke.altKey);
}
