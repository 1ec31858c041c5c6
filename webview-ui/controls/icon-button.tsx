import { Icon, type IconName } from "./icon.tsx";

interface IconButtonProps {
  /** `stop` is a filled square, which the icon font has not. */
  readonly icon: IconName | "stop";
  /** The accessible name and the tooltip. */
  readonly label: string;
  readonly onClick: () => void;
  readonly tone?: "plain" | "primary";
  readonly isDisabled?: boolean;
}

export function IconButton({ icon, label, onClick, tone = "plain", isDisabled = false }: IconButtonProps) {
  return (
    <button
      type="button"
      class={`icon-button ${tone}`}
      aria-label={label}
      title={label}
      aria-disabled={isDisabled}
      onClick={() => {
        if (!isDisabled) onClick();
      }}
    >
      {icon === "stop" ? <span class="stop-mark" aria-hidden="true" /> : <Icon name={icon} />}
    </button>
  );
}
