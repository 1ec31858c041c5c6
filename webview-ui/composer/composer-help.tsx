import type { HostState } from "../../src/protocol/host.ts";
import { IconButton } from "../controls/icon-button.tsx";

/** What the composer understands, for who asks by /help. */
export function ComposerHelp({
  sendKey,
  onClose,
}: {
  readonly sendKey: HostState["sendKey"];
  readonly onClose: () => void;
}) {
  const rows = [
    ["/", "Commands and your own prompts, at the beginning of a message"],
    ["$", "Skills: ways of working that are written down"],
    ["@", "Files of the workspace"],
    sendKey === "enter"
      ? ["Enter", "Sends; Shift+Enter makes a new line"]
      : ["Ctrl+Enter", "Sends; Enter makes a new line"],
    ["Esc", "Closes the list above the message"],
  ];
  return (
    <section class="composer-help" aria-label="What the composer understands">
      <dl>
        {rows.map(([sign, meaning]) => (
          <div key={sign}>
            <dt>
              <kbd>{sign}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <IconButton icon="close" label="Close the help" onClick={onClose} />
    </section>
  );
}
