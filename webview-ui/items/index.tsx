import type { PendingApproval } from "../../src/protocol/host.ts";
import { type AnyItem, isKnownItem } from "../../src/protocol/items.ts";
import { memo } from "../memo.ts";
import { AgentMessage } from "./agent-message.tsx";
import { CommandExecution } from "./command-execution.tsx";
import { ContextCompaction } from "./context-compaction.tsx";
import { FileChange } from "./file-change.tsx";
import { Reasoning } from "./reasoning.tsx";
import { UnknownItemView } from "./unknown-item.tsx";
import { UserMessage } from "./user-message.tsx";
import { WebSearch } from "./web-search.tsx";

interface ItemProps {
  readonly item: AnyItem;
  /** The turn goes on and the item is not complete yet. */
  readonly isOpen: boolean;
  readonly approval: PendingApproval | null;
}

/** One view per item type; a type that this version does not know is shown plainly. */
export const ItemView = memo(({ item, isOpen, approval }: ItemProps) => {
  if (!isKnownItem(item)) return <UnknownItemView item={item} />;
  switch (item.type) {
    case "userMessage":
      return <UserMessage item={item} />;
    case "agentMessage":
      return <AgentMessage item={item} isOpen={isOpen} />;
    case "reasoning":
      return <Reasoning item={item} isOpen={isOpen} />;
    case "commandExecution":
      return <CommandExecution item={item} isOpen={isOpen} approval={approval} />;
    case "fileChange":
      return <FileChange item={item} isOpen={isOpen} approval={approval} />;
    case "webSearch":
      return <WebSearch item={item} isOpen={isOpen} />;
    case "contextCompaction":
      return <ContextCompaction item={item} isOpen={isOpen} />;
  }
});
