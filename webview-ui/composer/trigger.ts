/** What the user is typing that the composer can complete: the stretch `start` to `end` is what a choice replaces. */
export interface Trigger {
  /** `mode` and `model` are what stands behind these two commands. */
  readonly kind: "skill" | "file" | "command" | "mode" | "model";
  /** What was typed so far, without the sign. */
  readonly query: string;
  readonly start: number;
  readonly end: number;
}

const maxQuery = 200;

/**
 * What is being typed where the caret stands: `$name` (a skill) and `@path` (a file) at the beginning of a word, `/name` (a command or a prompt) at
 * the very beginning of the message, and what stands behind `/mode` and `/model`. Null: nothing of it.
 */
export function triggerAt(text: string, caret: number): Trigger | null {
  const argument = /^\/(mode|model) +([^\n]*)$/.exec(text);
  if (argument !== null) {
    const [, name, typed = ""] = argument;
    if (caret < text.length - typed.length || typed.length > maxQuery) return null;
    return { kind: name === "mode" ? "mode" : "model", query: typed.trim(), start: 0, end: text.length };
  }
  const before = text.slice(Math.max(0, caret - maxQuery), caret);
  const after = text.slice(caret, caret + maxQuery);
  if (text.startsWith("/") && caret > 0 && caret <= maxQuery && /^\/[^\s/]*$/.test(before)) {
    const [rest = ""] = /^[^\s/]*/.exec(after) ?? [];
    if (text[caret + rest.length] === "/") return null; // a path
    return { kind: "command", query: before.slice(1), start: 0, end: caret + rest.length };
  }
  const skill = /(?<=^|[\s(])\$([a-z0-9-]*)$/.exec(before);
  if (skill !== null) {
    const [whole, query = ""] = skill;
    const [rest = ""] = /^[a-z0-9-]*/.exec(after) ?? [];
    return { kind: "skill", query, start: caret - whole.length, end: caret + rest.length };
  }
  const file = /(?<=^|[\s(])@([^\s@]*)$/.exec(before);
  if (file !== null) {
    const [whole, query = ""] = file;
    const [rest = ""] = /^[^\s@]*/.exec(after) ?? [];
    return { kind: "file", query, start: caret - whole.length, end: caret + rest.length };
  }
  return null;
}

/** A message that begins with `/name`: the name, and what stands behind it. Null for others, such as one that begins with a path. */
export function slashOf(text: string): { readonly name: string; readonly rest: string } | null {
  const match = /^\/([\p{L}\p{N}][\p{L}\p{N}\p{M}_.:-]*)(?=\s|$)([\s\S]*)$/u.exec(text);
  if (match === null) return null;
  const [, name = "", rest = ""] = match;
  return { name, rest: rest.trim() };
}

/** The names that a text calls by `$name`. */
export const calledNames = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/(?<![\w$\\])\$([a-z0-9][a-z0-9-]*)/g)].map(([, name = ""]) => name));
