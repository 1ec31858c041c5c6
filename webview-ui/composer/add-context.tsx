import type { PanelCommand } from "../../src/protocol/host.ts";
import { Icon, type IconName } from "../controls/icon.tsx";
import { Popup } from "../controls/popup.tsx";
import { usePanel } from "../panel-context.ts";

interface Kind {
  readonly command: PanelCommand;
  readonly icon: IconName;
  readonly name: string;
  readonly detail: string;
}

const kinds: readonly Kind[] = [
  { command: "addFiles", icon: "file", name: "Files…", detail: "Names files for the agent to look at" },
  {
    command: "askAboutSelection",
    icon: "selection",
    name: "Selection",
    detail: "Quotes what is selected in the editor",
  },
];

/** Puts something of the editor into the message. */
export function AddContext() {
  const { store } = usePanel();
  return (
    <Popup kind="menu" label="Add context" face={<Icon name="add" />}>
      {(close) =>
        kinds.map(({ command, icon, name, detail }) => (
          <button
            key={command}
            type="button"
            class="choice"
            role="menuitem"
            tabIndex={-1}
            onClick={() => {
              close();
              store.runCommand(command);
            }}
          >
            <span class="choice-mark">
              <Icon name={icon} />
            </span>
            <span class="choice-text">
              <span class="choice-name">{name}</span>
              <span class="choice-detail">{detail}</span>
            </span>
          </button>
        ))
      }
    </Popup>
  );
}
