import type { LocalModels as Found } from "../../src/protocol/host.ts";
import { Icon } from "../controls/icon.tsx";
import { usePanel } from "../panel-context.ts";
import { visibleText } from "../visible-text.ts";
import { obstaclesOf, offersOf } from "./local-offers.ts";

/** Before anything of the demo: the models that run on this machine. Choosing one is an explicit act, remembered in the settings. */
export function LocalModels({ found }: { found: Found }) {
  const { store } = usePanel();
  const offers = offersOf(found);
  const obstacles = obstaclesOf(found);
  return (
    <section class="local-models" aria-label="Models on this machine">
      <ul class="suggestions">
        {offers.map(({ provider, name, model, detail }) => (
          <li key={provider}>
            <button type="button" class="suggestion offered" onClick={() => store.useLocalModel({ provider, model })}>
              <Icon name="server" />
              <span class="suggestion-text">
                <span class="suggestion-title">{`Use ${visibleText(model)} on ${visibleText(name)}`}</span>
                <span class="suggestion-detail">{visibleText(detail)}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {obstacles.map((obstacle) => (
        <p key={obstacle} class="note">
          {visibleText(obstacle)}
        </p>
      ))}
      {offers.length === 0 && (
        <p class="note" role="status">
          {found.isLooking ? (
            "Looking for a model on this machine…"
          ) : (
            <>
              {obstacles.length === 0 && "No Ollama, LM Studio, llama.cpp or vLLM answers on this machine. "}
              <button type="button" class="link" onClick={store.findLocalModels}>
                Look again
              </button>
            </>
          )}
        </p>
      )}
    </section>
  );
}
