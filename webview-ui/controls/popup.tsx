import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";

interface PopupProps {
  /** What the button shows. */
  readonly face: ComponentChildren;
  /** The button's accessible name and tooltip. */
  readonly label: string;
  readonly kind: "menu" | "dialog";
  readonly isDisabled?: boolean;
  /** What is chosen takes away a protection; the button shows it. */
  readonly isRisky?: boolean;
  /** Rendered while open; `close` puts the focus back on the button. */
  readonly children: (close: () => void) => ComponentChildren;
}

/** A button with something that opens above it. Escape, a click elsewhere, or the focus leaving it closes it. */
export function Popup({ face, label, kind, isDisabled = false, isRisky = false, children }: PopupProps) {
  const [isOpen, setIsOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const id = useId();
  const close = (): void => {
    setIsOpen(false);
    button.current?.focus();
  };

  // Before the next key: it is meant for what has opened.
  useLayoutEffect(() => {
    if (!isOpen) return;
    const first =
      body.current?.querySelector<HTMLElement>('[aria-checked="true"]') ?? body.current?.querySelector("button");
    (first ?? body.current)?.focus();
    const onPointerDown = (event: PointerEvent): void => {
      if (!isWithin(root.current, event.target)) setIsOpen(false);
    };
    const onBlur = (): void => setIsOpen(false); // a click into the editor, outside of this page
    document.addEventListener("pointerdown", onPointerDown);
    window.addEventListener("blur", onBlur);
    return () => {
      document.removeEventListener("pointerdown", onPointerDown);
      window.removeEventListener("blur", onBlur);
    };
  }, [isOpen]);

  return (
    <div
      ref={root}
      class="popup"
      onKeyDown={(event) => {
        if (!isOpen) return;
        if (event.key === "Escape") close();
        else if (kind !== "menu" || !moveFocus(body.current, event.key)) return;
        event.preventDefault();
        event.stopPropagation();
      }}
      onFocusOut={(event) => {
        if (event.relatedTarget !== null && !isWithin(root.current, event.relatedTarget)) setIsOpen(false);
      }}
    >
      <button
        ref={button}
        type="button"
        class={isRisky ? "chip risky" : "chip"}
        title={label}
        aria-label={label}
        aria-haspopup={kind}
        aria-expanded={isOpen}
        aria-controls={id}
        aria-disabled={isDisabled}
        onClick={() => {
          if (!isDisabled) setIsOpen(!isOpen);
        }}
      >
        {face}
      </button>
      {isOpen && (
        <div ref={body} id={id} class="popup-body" role={kind} aria-label={label} tabIndex={-1}>
          {children(close)}
        </div>
      )}
    </div>
  );
}

const isWithin = (root: HTMLElement | null, target: EventTarget | null): boolean =>
  root !== null && target instanceof Node && root.contains(target);

/** Arrow keys, Home and End walk the entries of a menu. False for other keys. */
function moveFocus(menu: HTMLElement | null, key: string): boolean {
  const entries = [...(menu?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])];
  const at = entries.findIndex((entry) => entry === document.activeElement);
  const to =
    key === "ArrowDown"
      ? at + 1
      : key === "ArrowUp"
        ? at - 1
        : key === "Home"
          ? 0
          : key === "End"
            ? entries.length - 1
            : null;
  if (to === null || entries.length === 0) return false;
  entries[(to + entries.length) % entries.length]?.focus();
  return true;
}
