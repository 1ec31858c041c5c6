import type { Change } from "./changes.ts";
import { isTable } from "./layers.ts";
import { beginsWith, endOfLine, loadTomlParser, startOfLine, type Pair, type Section } from "./toml-document.ts";
import type { TomlDocument } from "./toml-document.ts";
import { keyText, sectionsText, valueText } from "./toml-text.ts";

/**
 * Makes changes in a TOML text and leaves every other line as it is, comments and blank lines included. A value that is
 * replaced keeps its place and the comment behind it; what is removed takes its own lines along and no comment above
 * them. This knows the text, not its meaning: the caller compares the outcome with what it meant.
 * @param text a document that a TOML parser has accepted
 * @param changes as `changesBetween` gives them for that document
 */
export async function editToml(text: string, changes: readonly Change[]): Promise<string> {
  const parse = await loadTomlParser();
  const without = (from: string, path: readonly string[]): string => {
    for (let edited = from; ;) {
      const shorter = removeOnce(parse(edited), path);
      if (shorter === null) return edited;
      edited = shorter;
    }
  };
  let edited = text;
  for (const change of changes) {
    if (change.kind === "remove") {
      edited = without(edited, change.path);
      continue;
    }
    const document = parse(edited);
    const pair = pairAt(document, change.path);
    edited =
      pair === null
        ? insert(parse(without(edited, change.path)), change.path, change.value)
        : splice(document.text, pair.value.start, pair.value.end, valueText(change.value));
  }
  return edited;
}

const splice = (text: string, start: number, end: number, replacement: string): string =>
  text.slice(0, start) + replacement + text.slice(end);

/** The pair that holds exactly this path, in inline tables too. */
function pairAt(document: TomlDocument, path: readonly string[]): Pair | null {
  let pairs = document.sections.flatMap((section) => section.pairs);
  for (;;) {
    const next = pairs.find((pair) => beginsWith(path, pair.path));
    if (next === undefined || next.path.length === path.length) return next ?? null;
    pairs = [...(next.value.members ?? [])];
  }
}

/** The innermost inline table that the path leads into, short of the pair that holds it. */
function inlineTableAbove(document: TomlDocument, path: readonly string[]): Pair | null {
  let found: Pair | null = null;
  let pairs = document.sections.flatMap((section) => section.pairs);
  for (;;) {
    const next = pairs.find(
      (pair) => pair.value.members !== null && pair.path.length < path.length && beginsWith(path, pair.path),
    );
    if (next === undefined) return found;
    found = next;
    pairs = [...(next.value.members ?? [])];
  }
}

/** Removes one piece of what is at the path or below it; null when nothing is left of it. */
function removeOnce(document: TomlDocument, path: readonly string[]): string | null {
  for (const section of document.sections) {
    if (section.hasHeading && beginsWith(section.path, path)) return removeSection(document.text, section);
    const pair = section.pairs.find((candidate) => beginsWith(candidate.path, path));
    if (pair !== undefined) {
      return splice(document.text, startOfLine(document.text, pair.start), endOfLine(document.text, pair.end), "");
    }
  }
  const holder = inlineTableAbove(document, path);
  return holder === null ? null : removeMember(document.text, holder, path);
}

const blankLines = /^(?:[\t ]*\r?\n)+/;
const blankLinesAtEnd = /(?<=^|\n)(?:[\t ]*\r?\n)+$/;

/** Of the blank lines around it, those before it go, unless what follows would then stick to what is above. */
function removeSection(text: string, section: Section): string {
  const before = text.slice(0, startOfLine(text, section.start));
  const after = text.slice(endOfLine(text, section.end));
  if (before.trim() === "") return before + after.replace(blankLines, "");
  return (after === "" || blankLines.test(after) ? before.replace(blankLinesAtEnd, "") : before) + after;
}

/** Removes a member of an inline table, with the comma that goes with it. */
function removeMember(text: string, { value }: Pair, path: readonly string[]): string | null {
  const members = value.members ?? [];
  const at = members.findIndex((member) => beginsWith(member.path, path));
  const [member, before, after] = [members[at], members[at - 1], members[at + 1]];
  if (member === undefined) return null;
  if (before !== undefined) return splice(text, before.end, member.end, "");
  return after === undefined ? splice(text, value.start, value.end, "{}") : splice(text, member.start, after.start, "");
}

/** Adds what is not there yet, where a reader would look for it. */
function insert(document: TomlDocument, path: readonly string[], value: unknown): string {
  const above = path.slice(0, -1);
  const holder = inlineTableAbove(document, path);
  if (holder !== null) return insertMember(document.text, holder, path, value);

  // A table that dotted keys made can only grow by dotted keys.
  for (const section of document.sections) {
    if (section.path.length >= above.length) continue;
    const sibling = section.pairs.findLast((pair) => beginsWith(pair.path, above));
    if (sibling !== undefined) return insertLine(document, section, sibling, path, value);
  }
  if (isTable(value)) return insertSections(document, path, sectionsText(path, value, document.newline));
  const section = document.sections.find((candidate) => isAt(candidate, above));
  return section === undefined
    ? insertSections(document, above, sectionsText(above, { [path.at(-1) ?? ""]: value }, document.newline))
    : insertLine(document, section, section.pairs.at(-1) ?? null, path, value);
}

const isAt = (section: Section, path: readonly string[]): boolean =>
  section.path.length === path.length && beginsWith(section.path, path);

function insertMember(text: string, { path: above, value: table }: Pair, path: readonly string[], value: unknown) {
  const member = `${keyText(path.slice(above.length))} = ${valueText(value)}`;
  const last = table.members?.at(-1);
  return last === undefined
    ? splice(text, table.start, table.end, `{ ${member} }`)
    : splice(text, last.end, last.end, `, ${member}`);
}

/** Adds `key = value` behind a pair of the section, or as its first. */
function insertLine(
  { text, newline, sections }: TomlDocument,
  section: Section,
  behind: Pair | null,
  path: readonly string[],
  value: unknown,
): string {
  const line = `${keyText(path.slice(section.path.length))} = ${valueText(value)}${newline}`;
  if (behind !== null) {
    const [indent = ""] = /^[\t ]*/.exec(text.slice(startOfLine(text, behind.start))) ?? [];
    return insertAt(text, endOfLine(text, behind.end), indent + line, newline);
  }
  if (section.hasHeading) return insertAt(text, endOfLine(text, section.end), line, newline);
  const first = sections.find(({ hasHeading }) => hasHeading);
  return first === undefined
    ? insertAt(text, text.length, line, newline)
    : insertAt(text, aboveComments(text, startOfLine(text, first.start)), line + newline, newline);
}

/** The start of the comment that stands directly above a line, or that of the line itself. */
function aboveComments(text: string, line: number): number {
  let at = line;
  while (at > 0) {
    const previous = startOfLine(text, at - 1);
    if (!/^[\t ]*#/.test(text.slice(previous, at))) break;
    at = previous;
  }
  return at;
}

/** Adds sections behind those that have most of their path in common, else at the end. */
function insertSections({ text, newline, sections }: TomlDocument, path: readonly string[], block: string): string {
  const common = (section: Section): number => {
    const different = path.findIndex((key, index) => section.path[index] !== key);
    return different === -1 ? path.length : different;
  };
  const most = Math.max(...sections.map(common));
  const behind = most === 0 ? undefined : sections.findLast((section) => common(section) === most);
  const at = behind === undefined ? text.length : endOfLine(text, behind.end);
  const needsBlankBefore = text.slice(0, at).trim() !== "" && !/\n[\t ]*\r?\n$/.test(text.slice(0, at));
  const needsBlankAfter = at < text.length && !blankLines.test(text.slice(at));
  return insertAt(
    text,
    at,
    `${needsBlankBefore ? newline : ""}${block}${newline}${needsBlankAfter ? newline : ""}`,
    newline,
  );
}

/** Adds whole lines at the start of a line, or behind a last line that has no end yet. */
function insertAt(text: string, at: number, lines: string, newline: string): string {
  const isOpen = at > 0 && text[at - 1] !== "\n";
  return splice(text, at, at, (isOpen ? newline : "") + lines);
}
