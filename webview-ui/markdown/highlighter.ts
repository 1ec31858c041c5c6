import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import kotlin from "highlight.js/lib/languages/kotlin";
import makefile from "highlight.js/lib/languages/makefile";
import markdown from "highlight.js/lib/languages/markdown";
import php from "highlight.js/lib/languages/php";
import powershell from "highlight.js/lib/languages/powershell";
import python from "highlight.js/lib/languages/python";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import scss from "highlight.js/lib/languages/scss";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";

// The heavy half of the panel, loaded after the first paint: grammars for the languages that people paste most. Aliases (ts, py,
// sh, html ...) come with the grammars.
for (const [name, grammar] of Object.entries({
  bash,
  c,
  cpp,
  csharp,
  css,
  diff,
  dockerfile,
  go,
  ini,
  java,
  javascript,
  json,
  kotlin,
  makefile,
  markdown,
  php,
  powershell,
  python,
  ruby,
  rust,
  scss,
  sql,
  swift,
  typescript,
  xml,
  yaml,
})) {
  hljs.registerLanguage(name, grammar);
}

/** A run of code with the grammar's class names for it (`hljs-keyword`), innermost last. */
export type CodeSpan = { readonly text: string; readonly className: string };

/** Null when the language is not known. The result holds the whole code, as text; nothing of it is ever parsed as HTML. */
export function highlight(code: string, language: string): CodeSpan[] | null {
  if (hljs.getLanguage(language) === undefined) return null;
  return readSpans(hljs.highlight(code, { language, ignoreIllegals: true }).value);
}

/** Reads the highlighter's own output: spans with a class, and text with five characters escaped. */
function readSpans(html: string): CodeSpan[] {
  const spans: CodeSpan[] = [];
  const open: string[] = [];
  for (const piece of html.split(/(<span class="[^"]*">|<\/span>)/)) {
    const opened = /^<span class="([^"]*)">$/.exec(piece);
    if (opened !== null) open.push(opened[1] ?? "");
    else if (piece === "</span>") open.pop();
    else if (piece !== "") spans.push({ text: unescape(piece), className: open.at(-1) ?? "" });
  }
  return spans;
}

const escapes: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#x27;": "'",
};
const unescape = (text: string): string => text.replace(/&(?:amp|lt|gt|quot|#x27);/g, (name) => escapes[name] ?? name);
