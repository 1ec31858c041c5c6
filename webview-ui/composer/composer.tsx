import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { PromptChoice, SkillMention } from "../../src/protocol/completions.ts";
import type { HostState } from "../../src/protocol/host.ts";
import type { ThreadTokenUsage } from "../../src/protocol/settings.ts";
import { Icon } from "../controls/icon.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { Picker } from "../controls/picker.tsx";
import { usePanel } from "../panel-context.ts";
import type { PanelStore } from "../store.ts";
import type { MemoryStore } from "../vscode-state.ts";
import { AddContext } from "./add-context.tsx";
import { ComposerHelp } from "./composer-help.tsx";
import { ContextMeter } from "./context-meter.tsx";
import { MessageField } from "./message-field.tsx";
import { refusal } from "./message-limit.ts";
import { expand, mentionsIn, prepare } from "./message.ts";
import { isMode, modeChoices, modeName } from "./modes.ts";
import { PromptPreview } from "./prompt-preview.tsx";
import { slashCommands } from "./slash-commands.ts";
import { promptNamed } from "./suggestions.ts";
import { slashOf } from "./trigger.ts";
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

  const [isHelpShown, setIsHelpShown] = useState(false);
  const commands = useMemo(() => slashCommands(host, store, () => setIsHelpShown(true)), [host, store]);
  const chosenSkills = useRef<ReadonlyMap<string, SkillMention>>(new Map());
  const latestDraft = useRef(draft);
  latestDraft.current = draft;
  const prompts = usePrompts(draft.startsWith("/"), store);
  const slash = slashOf(draft);
  const isCommand = commands.some(({ name }) => name === slash?.name);
  const prompt = slash === null || isCommand ? undefined : promptNamed(slash.name, prompts ?? []);

  const write = (text: string): void => {
    setDraft(text);
    setProblem(null);
  };

  const send = async (): Promise<void> => {
    const refused = refusal(draft);
    setProblem(refused);
    if (refused !== null || !canSend) return;
    const chosen = chosenSkills.current;
    const skills = mentionsIn(draft, chosen);
    chosenSkills.current = new Map(); // what is chosen from here on belongs to the next message
    setUnsent(draft);
    setDraft("");
    const prepared = await prepare(draft, commands, store);
    const problem =
      prepared.kind === "problem" ? prepared.problem : prepared.kind === "text" ? refusal(prepared.text) : null;
    const isTaken = problem === null && (prepared.kind !== "text" || (await store.submit(prepared.text, skills)));
    setProblem(problem);
    setUnsent(null);
    if (isTaken) return;
    chosenSkills.current = new Map([...chosen, ...chosenSkills.current]);
    setDraft((typed) => joined(draft, typed));
  };

  const showExpanded = (chosen: PromptChoice, typed: string): void => {
    // What was typed or sent meanwhile is not touched.
    const unlessChanged = (done: () => void) => (latestDraft.current === draft ? done() : undefined);
    expand(chosen, typed, store).then(
      (text) => unlessChanged(() => write(text)),
      (error: unknown) => unlessChanged(() => setProblem(error instanceof Error ? error.message : String(error))),
    );
    input.current?.focus();
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
      {isHelpShown && <ComposerHelp sendKey={host.sendKey} onClose={() => setIsHelpShown(false)} />}
      {prompt !== undefined && slash !== null && (
        <PromptPreview prompt={prompt} onExpand={() => showExpanded(prompt, slash.rest)} />
      )}
      <MessageField
        field={input}
        host={host}
        draft={draft}
        label={isRunning ? "Message to the running turn" : "Message"}
        placeholder={placeholder(host, isRunning)}
        commands={commands}
        prompts={prompts}
        onWrite={write}
        onChoose={({ effect }) => {
          if (effect.kind === "insert" && effect.skill !== null)
            chosenSkills.current = new Map([...chosenSkills.current, [effect.skill.name, effect.skill]]);
        }}
        onSend={() => void send()}
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

/** The prompts, loaded when a message begins as one; null: not yet, or not to be had. */
function usePrompts(isNeeded: boolean, store: PanelStore): readonly PromptChoice[] | null {
  const [prompts, setPrompts] = useState<readonly PromptChoice[] | null>(null);
  useEffect(() => {
    if (!isNeeded) return;
    let isCurrent = true;
    store.listPrompts().then(
      (found) => {
        if (isCurrent) setPrompts(found);
      },
      () => undefined, // sending will say what is wrong
    );
    return () => {
      isCurrent = false;
    };
  }, [isNeeded, store]);
  return prompts;
}
