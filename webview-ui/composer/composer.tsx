import { useEffect, useRef, useState } from "preact/hooks";
import type { HostState } from "../../src/protocol/host.ts";
import type { ThreadTokenUsage } from "../../src/protocol/settings.ts";
import { Icon } from "../controls/icon.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { Picker } from "../controls/picker.tsx";
import { usePanel } from "../panel-context.ts";
import type { MemoryStore } from "../vscode-state.ts";
import { AddContext } from "./add-context.tsx";
import { ContextMeter } from "./context-meter.tsx";
import { refusal } from "./message-limit.ts";
import { isMode, modeChoices, modeName } from "./modes.ts";
import { isSendKey } from "./send-key.ts";
import { joined, useDraft } from "./use-draft.ts";

interface ComposerProps {
  readonly host: HostState;
  readonly usage: ThreadTokenUsage | null;
  readonly isRunning: boolean;
  readonly memory: MemoryStore;
}

/** Where the user writes; while a turn runs, what is sent steers it. */
export function Composer({ host, usage, isRunning, memory }: ComposerProps) {
  const { store } = usePanel();
  const [unsent, setUnsent] = useState<string | null>(null);
  const [draft, setDraft] = useDraft(memory, unsent);
  const [problem, setProblem] = useState<string | null>(null);
  const input = useRef<HTMLTextAreaElement>(null);
  const isReady = host.server.status !== "stopped";
  const isEmpty = draft.trim() === "";
  const canSend = isReady && !isEmpty && unsent === null;

  useEffect(
    () =>
      store.onComposerRequest(({ text }) => {
        if (text !== null) setDraft((before) => (before.trim() === "" ? text : `${before.trimEnd()}\n\n${text}`));
        input.current?.focus();
      }),
    [store, setDraft],
  );

  const send = async (): Promise<void> => {
    const refused = refusal(draft);
    setProblem(refused);
    if (refused !== null || !canSend) return;
    setUnsent(draft);
    setDraft("");
    const isTaken = await store.submit(draft);
    setUnsent(null);
    if (!isTaken) setDraft((typed) => joined(draft, typed));
  };

  return (
    <form
      class="composer"
      aria-label="Message"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {problem !== null && (
        <p class="composer-problem" role="alert">
          {problem}
        </p>
      )}
      <textarea
        ref={input}
        rows={1}
        value={draft}
        aria-label={isRunning ? "Message to the running turn" : "Message"}
        placeholder={placeholder(host, isRunning)}
        spellcheck={false}
        onInput={(event) => {
          setDraft(event.currentTarget.value);
          setProblem(null);
        }}
        onKeyDown={(event) => {
          if (!isSendKey(event, host.sendKey)) return;
          event.preventDefault();
          void send();
        }}
      />
      <div class="composer-bar">
        <AddContext />
        <Picker
          noun="Mode"
          choices={modeChoices(host.modes)}
          chosen={host.mode}
          fallback={modeName(host.mode)}
          onChoose={(id) => {
            if (isMode(id)) store.setMode(id);
          }}
        />
        <Picker
          noun="Model"
          choices={host.models.map(({ id, displayName }) => ({
            id,
            name: displayName,
            detail: displayName === id ? null : id,
          }))}
          chosen={host.model ?? ""}
          fallback={host.model ?? "Default model"}
          onChoose={store.setModel}
        />
        <span class="spacer" />
        {usage !== null && (
          <ContextMeter usage={usage} isRunning={isRunning} onCompact={() => store.runCommand("compact")} />
        )}
        {isRunning && <IconButton icon="stop" label="Stop" tone={isEmpty ? "primary" : "plain"} onClick={store.stop} />}
        {(!isRunning || !isEmpty) && (
          <button
            type="submit"
            class="icon-button primary"
            aria-label={isRunning ? "Send to the running turn" : "Send"}
            title={`${isRunning ? "Send to the running turn" : "Send"} (${host.sendKey === "enter" ? "Enter" : "Ctrl+Enter"})`}
            aria-disabled={!canSend}
          >
            <Icon name="arrowUp" />
          </button>
        )}
      </div>
    </form>
  );
}

function placeholder(host: HostState, isRunning: boolean): string {
  if (host.server.status === "stopped") return "The agent is not running";
  if (isRunning) return "Add something to the running turn";
  return host.mode === "plan" ? "Ask, or describe what to plan" : "Describe what to do";
}
