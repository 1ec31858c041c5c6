import { maxInputChars } from "../../protocol/settings.ts";

/** The prompt cannot be filled in; the message says what is missing and how to give it. */
export class PromptArgumentsError extends Error {}

/** `$$`, `$1` to `$9`, and `$NAME` in capitals, of which `$ARGUMENTS` is one. `$10`, `$Foo` and a lone `$` are none. */
const placeholder = /\$(?:\$|([1-9])(?!\d)|([A-Z][A-Z0-9_]*)(?![A-Za-z0-9_]))/g;

/**
 * The text of a prompt with what the user wrote behind its name.
 * - `$ARGUMENTS` is all of it, as it was typed;
 * - `$1` to `$9` are its words: quotes hold words together, and what is not given is empty;
 * - `$NAME` is what stands in `NAME=value`, which is then none of the words;
 * - `$$` is a dollar sign.
 *
 * A prompt without placeholders gets what was typed as a last paragraph, so nothing that the user wrote is lost. What is put in is not looked
 * through again.
 * @throws PromptArgumentsError for a name without a value, words that have no place, and a text that is too long to be sent
 */
export function expandPrompt(name: string, body: string, typed: string): string {
  const found = [...body.matchAll(placeholder)];
  const names = new Set(found.flatMap(([, , key]) => (key === undefined || key === "ARGUMENTS" ? [] : [key])));
  const positions = found.flatMap(([, position]) => (position === undefined ? [] : [Number(position)]));
  const takesAll = found.some(([, , key]) => key === "ARGUMENTS");
  const all = typed.trim();
  const { words, values } = readArguments(all, names);

  const missing = [...names].filter((key) => !values.has(key));
  if (missing.length > 0) {
    const example = missing.map((key) => `${key}=…`).join(" ");
    throw new PromptArgumentsError(
      `/${name} needs ${example}: write it behind the name, with quotes around a value that has blanks.`,
    );
  }
  const places = Math.max(0, ...positions);
  const isOpen = takesAll || (places === 0 && names.size === 0);
  if (!isOpen && words.length > places) {
    throw new PromptArgumentsError(
      `/${name} takes ${places === 0 ? "no words" : places === 1 ? "one word" : `${places} words`} and was given ${words.length}: put quotes around words that belong together.`,
    );
  }
  const text = join(name, body, (position, key) => {
    if (position !== undefined) return words[Number(position) - 1] ?? "";
    if (key === undefined) return "$";
    return key === "ARGUMENTS" ? all : (values.get(key) ?? "");
  });
  const takesNone = places === 0 && names.size === 0 && !takesAll;
  const whole = takesNone && all !== "" ? `${text.trimEnd()}\n\n${all}` : text.trim();
  if (whole.length > maxInputChars) throw tooLong(name);
  return whole;
}

/** Puts the values in, and stops when the text becomes too long: one argument can stand in many places. */
function join(
  name: string,
  body: string,
  valueOf: (position: string | undefined, key: string | undefined) => string,
): string {
  const parts: string[] = [];
  let length = 0;
  let at = 0;
  const add = (part: string): void => {
    length += part.length;
    if (length > maxInputChars) throw tooLong(name);
    parts.push(part);
  };
  for (const match of body.matchAll(placeholder)) {
    add(body.slice(at, match.index));
    add(valueOf(match[1], match[2]));
    at = match.index + match[0].length;
  }
  add(body.slice(at));
  return parts.join("");
}

const tooLong = (name: string): PromptArgumentsError =>
  new PromptArgumentsError(
    `/${name} becomes longer than a message may be (${maxInputChars} characters). Put the text into a file and name the file.`,
  );

/** Words as a shell would split them; a quote without its partner is a character like others. */
function readArguments(
  text: string,
  names: ReadonlySet<string>,
): { readonly words: readonly string[]; readonly values: ReadonlyMap<string, string> } {
  const words: string[] = [];
  const values = new Map<string, string>();
  for (const [word] of text.matchAll(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|\S)+/gsu)) {
    const plain = word.replace(
      /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gsu,
      (_whole, double?: string, single?: string, escaped?: string) =>
        double?.replace(/\\(["\\])/g, "$1") ?? single ?? escaped ?? "",
    );
    const [, key] = /^([A-Z][A-Z0-9_]*)=/.exec(plain) ?? [];
    if (key !== undefined && names.has(key)) values.set(key, plain.slice(key.length + 1));
    else words.push(plain);
  }
  return { words, values };
}
