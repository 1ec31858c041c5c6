import type { CommandAction } from "../../src/protocol/items.ts";

/**
 * The command as the model wrote it: servers send the whole line with the shell around it (`/bin/bash -lc '...'`), which says
 * nothing to the reader. A line that is not of that form is returned as it is.
 */
export function scriptOf(command: string): string {
  const wrapped = /^(?:\S*[\\/])?(?:ba|z|da|k|fi)?sh(?:\.exe)? -l?i?c ([^]+)$/.exec(command);
  const argument = wrapped?.[1];
  return argument === undefined ? command : (unquote(argument) ?? command);
}

/** Undoes the quoting of a single shell word; undefined when it is more than one word. */
function unquote(word: string): string | undefined {
  let text = "";
  for (let index = 0; index < word.length;) {
    const character = word.charAt(index);
    if (character === "'") {
      const end = word.indexOf("'", index + 1);
      if (end === -1) return undefined;
      text += word.slice(index + 1, end);
      index = end + 1;
    } else if (character === '"') {
      const quoted = /^"((?:[^"\\]|\\[^])*)"/.exec(word.slice(index));
      if (quoted === null) return undefined;
      text += (quoted[1] ?? "").replace(/\\([$`"\\])/g, "$1");
      index += quoted[0].length;
    } else if (character === "\\") {
      text += word.charAt(index + 1);
      index += 2;
    } else if (/\s/.test(character)) return undefined;
    else {
      text += character;
      index++;
    }
  }
  return text;
}

/** What a command that only looks does, in words: `Read a.ts, b.ts`. Null when any part of it is not understood. */
export function describeActions(actions: readonly CommandAction[]): string | null {
  const reads: string[] = [];
  const parts: string[] = [];
  for (const action of actions) {
    if (action.type === "unknown") return null;
    if (action.type === "read") reads.push(action.name);
    else if (action.type === "listFiles") parts.push(action.path ? `Listed ${action.path}` : "Listed files");
    else parts.push(`Searched for “${action.query ?? ""}”${action.path ? ` in ${action.path}` : ""}`);
  }
  if (reads.length > 0) parts.unshift(`Read ${[...new Set(reads)].join(", ")}`);
  return parts.length === 0 ? null : parts.join(", ");
}
