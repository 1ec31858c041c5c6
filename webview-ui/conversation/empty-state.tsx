import type { HostState } from "../../src/protocol/host.ts";
import { ActionButton } from "../controls/action-button.tsx";
import { Icon } from "../controls/icon.tsx";
import { usePanel } from "../panel-context.ts";
import { LocalModels } from "./local-models.tsx";
import { offersOf } from "./local-offers.ts";
import { suggestionsFor } from "./suggestions.ts";

/** Before the first message: what this is, and a few things to try. */
export function EmptyState({ host }: { host: HostState }) {
  const { store } = usePanel();
  const hasOffer = offersOf(host.localModels).length > 0;
  const localModels = host.localModels !== null && <LocalModels found={host.localModels} />;
  return (
    <div class="empty">
      <h2>{host.workspaceName === null ? "What shall we do?" : `What shall we do in ${host.workspaceName}?`}</h2>
      <p>{introduction(host)}</p>
      {!host.hasWorkspace && (
        <div class="actions">
          <ActionButton tone="primary" onClick={() => store.runCommand("openFolder")}>
            Open folder
          </ActionButton>
          <ActionButton onClick={() => store.runCommand("tryDemo")}>Try the demo</ActionButton>
        </div>
      )}
      {hasOffer && localModels}
      <ul class="suggestions">
        {suggestionsFor(host).map((suggestion) => (
          <li key={suggestion.title}>
            <button
              type="button"
              class="suggestion"
              onClick={() => {
                if (suggestion.isSent)
                  void store.submit(suggestion.text); // a failure is shown by the store
                else store.prefill(suggestion.text);
              }}
            >
              <Icon name={suggestion.icon} />
              <span class="suggestion-text">
                <span class="suggestion-title">{suggestion.title}</span>
                <span class="suggestion-detail">{suggestion.detail}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {!hasOffer && localModels}
    </div>
  );
}

function introduction({ hasWorkspace, isTrusted }: HostState): string {
  if (!hasWorkspace)
    return "Open a folder to work on your own code. Or try the demo: a sample project with a scripted model, no key needed.";
  if (!isTrusted)
    return "Turnwright reads your code and proposes a plan. Once you trust this workspace, it can edit, too.";
  return "Turnwright reads your code, runs commands in a sandbox and proposes edits. You review them in the diff editor.";
}
