/** What the user arranged and would miss: only the draft. VS Code keeps it while the page is hidden or reloaded. */
export type PanelMemory = { readonly draft: string };

export interface MemoryStore {
  read(): PanelMemory;
  write(memory: PanelMemory): void;
}

export function memoryOf(api: { getState(): unknown; setState(state: PanelMemory): unknown }): MemoryStore {
  return {
    read() {
      const state = api.getState();
      const draft = typeof state === "object" && state !== null && "draft" in state ? state.draft : "";
      return { draft: typeof draft === "string" ? draft : "" };
    },
    write(memory) {
      api.setState(memory);
    },
  };
}
