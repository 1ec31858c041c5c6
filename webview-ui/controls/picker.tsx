import { Icon, type IconName } from "./icon.tsx";
import { Popup } from "./popup.tsx";

export type Choice = {
  readonly id: string;
  readonly name: string;
  readonly detail: string | null;
  readonly icon?: IconName;
  readonly isRisky?: boolean;
};

interface PickerProps {
  /** What is picked, such as `Mode`. */
  readonly noun: string;
  readonly choices: readonly Choice[];
  readonly chosen: string;
  /** Shown when the chosen one is not among the choices. */
  readonly fallback: string;
  readonly onChoose: (id: string) => void;
}

/** One of a few, with a line of explanation each. */
export function Picker({ noun, choices, chosen, fallback, onChoose }: PickerProps) {
  const current = choices.find(({ id }) => id === chosen);
  const name = current?.name ?? fallback;
  return (
    <Popup
      kind="menu"
      label={`${noun}: ${name}`}
      isDisabled={choices.length === 0}
      isRisky={current?.isRisky ?? false}
      face={
        <>
          {current?.icon !== undefined && <Icon name={current.icon} />}
          <span class="chip-text">{name}</span>
          {choices.length > 0 && <Icon name="chevronDown" />}
        </>
      }
    >
      {(close) =>
        choices.map((choice) => (
          <button
            key={choice.id}
            type="button"
            class="choice"
            role="menuitemradio"
            aria-checked={choice.id === chosen}
            tabIndex={-1}
            onClick={() => {
              close();
              if (choice.id !== chosen) onChoose(choice.id);
            }}
          >
            <span class="choice-mark">{choice.id === chosen && <Icon name="check" />}</span>
            <span class="choice-text">
              <span class="choice-name">{choice.name}</span>
              {choice.detail !== null && <span class="choice-detail">{choice.detail}</span>}
            </span>
          </button>
        ))
      }
    </Popup>
  );
}
