import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { PanelStore } from "./store.ts";

/** What every view may need: the actions, and the thread's folder for showing and opening paths. Changes with the thread only. */
export type PanelContext = { readonly store: PanelStore; readonly cwd: string };

const context = createContext<PanelContext | null>(null);
export const PanelProvider = context.Provider;

export function usePanel(): PanelContext {
  const panel = useContext(context);
  if (panel === null) throw new Error("A view of the panel was rendered outside of it.");
  return panel;
}
