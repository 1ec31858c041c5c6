import type { ComponentChildren } from "preact";

interface ActionButtonProps {
  readonly onClick: () => void;
  readonly children: ComponentChildren;
  readonly tone?: "primary" | "secondary";
  readonly isDisabled?: boolean;
  /** The accessible name, where the words on the button do not say what it acts on. */
  readonly label?: string;
}

/** Disabled buttons stay focusable, so that a screen reader finds them. */
export function ActionButton({ onClick, children, tone = "secondary", isDisabled = false, label }: ActionButtonProps) {
  return (
    <button
      type="button"
      class={`action ${tone}`}
      aria-disabled={isDisabled}
      aria-label={label}
      onClick={() => {
        if (!isDisabled) onClick();
      }}
    >
      {children}
    </button>
  );
}
