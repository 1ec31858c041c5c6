import { CopyButton } from "../controls/copy-button.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { usePanel } from "../panel-context.ts";
import { useHighlight } from "./use-highlight.ts";

/** A fenced or indented block. `info` is what follows the fence; its first word is the language. */
export function CodeBlock({ code, info }: { code: string; info: string }) {
  const { store } = usePanel();
  const language = /^[\w#+.-]+/.exec(info)?.[0] ?? "";
  const spans = useHighlight(code, language.toLowerCase());
  return (
    <div class="code-block">
      <div class="code-head">
        <span class="code-language">{language === "" ? "text" : language}</span>
        <CopyButton text={code} label="Copy code" />
        <IconButton icon="insert" label="Insert at cursor" onClick={() => store.insertAtCursor(code)} />
      </div>
      <pre role="group" tabIndex={0} aria-label={`Code, ${language === "" ? "plain text" : language}`}>
        <code>
          {spans === null
            ? code
            : spans.map(({ text, className }, index) =>
                className === "" ? (
                  text
                ) : (
                  <span key={index} class={className}>
                    {text}
                  </span>
                ),
              )}
        </code>
      </pre>
    </div>
  );
}
