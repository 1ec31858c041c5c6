import { useState } from "preact/hooks";
import type { ItemOf } from "../../src/protocol/items.ts";
import { CopyButton } from "../controls/copy-button.tsx";
import { Icon, type IconName } from "../controls/icon.tsx";
import { splitPath } from "../paths.ts";

const foldedLength = 1200;
/** A message may be megabytes; the page shows its beginning. */
const shownLength = 100_000;

export function UserMessage({ item }: { item: ItemOf<"userMessage"> }) {
  const text = textOf(item);
  return (
    <div class="user-message">
      <MessageText text={text} />
      <Attachments item={item} />
      <div class="hover-actions">
        <CopyButton text={text} label="Copy message" />
      </div>
    </div>
  );
}

/** What the user typed, without attachments. */
export const textOf = (item: ItemOf<"userMessage">): string =>
  item.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");

export function MessageText({ text }: { text: string }) {
  const [isWhole, setIsWhole] = useState(false);
  const isLong = text.length > foldedLength;
  const limit = isWhole ? shownLength : foldedLength;
  return (
    <>
      <p class="user-text">{isLong ? text.slice(0, limit) : text}</p>
      {isLong && (
        <button type="button" class="link more" aria-expanded={isWhole} onClick={() => setIsWhole(!isWhole)}>
          {isWhole ? "Show less" : `Show more (${text.length.toLocaleString("en")} characters)`}
        </button>
      )}
      {isWhole && text.length > shownLength && <p class="note">The rest is not shown here; the agent has it.</p>}
    </>
  );
}

function Attachments({ item }: { item: ItemOf<"userMessage"> }) {
  const attached = item.content.flatMap((part) => {
    if (part.type === "text") return [];
    const icon: IconName = part.type === "skill" ? "book" : "file";
    if (part.type === "image") return [{ icon, name: "Image" }];
    return [{ icon, name: part.type === "localImage" ? splitPath(part.path).name : part.name }];
  });
  if (attached.length === 0) return null;
  return (
    <ul class="attachments" aria-label="Attached">
      {attached.map(({ icon, name }, index) => (
        <li key={index} class="tag">
          <Icon name={icon} /> {name}
        </li>
      ))}
    </ul>
  );
}
