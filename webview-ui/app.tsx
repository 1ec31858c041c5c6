import { useEffect, useMemo, useState } from "preact/hooks";
import { Announcer } from "./announcer.tsx";
import { Banners } from "./banners.tsx";
import { Composer } from "./composer/composer.tsx";
import { Conversation } from "./conversation/conversation.tsx";
import { ActionButton } from "./controls/action-button.tsx";
import { type PanelContext, PanelProvider } from "./panel-context.ts";
import { PlanPanel } from "./plan-panel.tsx";
import type { PanelState, PanelStore } from "./store.ts";
import type { MemoryStore } from "./vscode-state.ts";

export function App({ store, memory }: { store: PanelStore; memory: MemoryStore }) {
  const state = useStore(store);
  const cwd = state.view?.thread.cwd ?? "";
  const panel = useMemo((): PanelContext => ({ store, cwd }), [store, cwd]);
  return (
    <PanelProvider value={panel}>
      <Panel state={state} store={store} memory={memory} />
    </PanelProvider>
  );
}

function Panel({ state, store, memory }: { state: PanelState; store: PanelStore; memory: MemoryStore }) {
  const { host, view } = state;
  if (host === null) {
    return (
      <main class="panel">
        <h1 class="sr-only">Turnwright</h1>
        <p class="note loading">{state.failure ?? "Starting…"}</p>
        {state.failure !== null && (
          <div class="actions">
            <ActionButton tone="primary" onClick={() => void store.start()}>
              Try again
            </ActionButton>
          </div>
        )}
      </main>
    );
  }
  const turn = view?.turns.at(-1);
  const isRunning = turn?.status === "inProgress";
  const plan = turn?.plan ?? null;
  return (
    <main class="panel">
      <h1 class="sr-only">Turnwright</h1>
      <Banners host={host} notices={view?.notices ?? []} failure={state.failure} />
      <Conversation key={host.threadId} state={state} host={host} />
      <div class="dock">
        {plan !== null && plan.steps.length > 0 && <PlanPanel plan={plan} isRunning={isRunning} />}
        <Composer host={host} usage={view?.usage ?? null} isRunning={isRunning} memory={memory} />
      </div>
      <Announcer state={state} />
    </main>
  );
}

function useStore(store: PanelStore): PanelState {
  const [state, setState] = useState(store.state);
  useEffect(() => {
    setState(store.state); // it may have changed between the first rendering and this subscription
    return store.subscribe(() => setState(store.state));
  }, [store]);
  return state;
}
