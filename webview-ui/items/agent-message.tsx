import type { ItemOf } from "../../src/protocol/items.ts";
import { CopyButton } from "../controls/copy-button.tsx";
import { Markdown } from "../markdown/markdown.tsx";

export function AgentMessage({ item, isOpen }: { item: ItemOf<"agentMessage">; isOpen: boolean }) {
  if (item.text.trim() === "") return null;
  return (
    <div class="agent-message" data-phase={item.phase}>
      <Markdown text={item.text} isStreaming={isOpen} />
      {!isOpen && item.phase !== "commentary" && (
        <div class="hover-actions">
          <CopyButton text={item.text} label="Copy answer as Markdown" />
        </div>
      )}
    </div>
  );
}
