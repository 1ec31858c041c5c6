import type { PromptChoice } from "../../src/protocol/completions.ts";
import { Icon } from "../controls/icon.tsx";

/** Says that the message is a prompt that will be filled in, what it takes, and lets the user see and change the text first. */
export function PromptPreview({ prompt, onExpand }: { readonly prompt: PromptChoice; readonly onExpand: () => void }) {
  const { name, description, argumentHint } = prompt;
  return (
    <div class="prompt-preview">
      <Icon name="edit" />
      <span class="prompt-preview-text">
        <span class="choice-name">
          /{name}
          {argumentHint !== null && <span class="choice-hint"> {argumentHint}</span>}
        </span>
        <span class="choice-detail">{description ?? "A prompt that is filled in when it is sent."}</span>
      </span>
      <button type="button" class="link" onClick={onExpand}>
        Show the text
      </button>
    </div>
  );
}
