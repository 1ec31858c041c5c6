import { useEffect, useState } from "preact/hooks";
import { IconButton } from "./icon-button.tsx";

const shownMs = 1500;

/** Copies, and says for a moment that it did. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [outcome, setOutcome] = useState<"none" | "done" | "failed">("none");
  useEffect(() => {
    if (outcome === "none") return;
    const timer = setTimeout(() => setOutcome("none"), shownMs);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = (): void => {
    void navigator.clipboard.writeText(text).then(
      () => setOutcome("done"),
      () => setOutcome("failed"),
    );
  };
  if (outcome === "done") return <IconButton icon="check" label="Copied" onClick={copy} />;
  return <IconButton icon="copy" label={outcome === "failed" ? "Could not copy: try again" : label} onClick={copy} />;
}
