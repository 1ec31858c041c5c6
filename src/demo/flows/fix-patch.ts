export const brokenFile = "src/duration.ts";

/** Each line of the bug with what replaces it. */
const replacements: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "const hours = Math.floor(seconds / 3600);",
    ["const whole = Math.round(seconds);", "const hours = Math.floor(whole / 3600);"],
  ],
  ["const minutes = Math.floor((seconds % 3600) / 60);", ["const minutes = Math.floor((whole % 3600) / 60);"]],
  ["const rest = Math.round(seconds % 60);", ["const rest = whole % 60;"]],
]);

/**
 * The patch that fixes the bug, made from the text of `src/duration.ts` as it is now, whatever the user wrote around the lines in question;
 * null when they are not all there.
 */
export function fixPatch(source: string): string | null {
  const body: string[] = [];
  let replaced = 0;
  let anchor = "@@";
  let removed: string[] = [];
  let added: string[] = [];
  const flush = () => {
    if (removed.length === 0) return;
    body.push(anchor, ...removed, ...added);
    // An anchor names a line below the last chunk; the next chunk of the same function has none.
    anchor = "@@";
    removed = [];
    added = [];
  };
  for (const line of source.split(/\r?\n/)) {
    const replacement = replacements.get(line.trim());
    if (replacement === undefined) {
      flush();
      if (/^export function /.test(line)) anchor = `@@ ${line}`;
      continue;
    }
    const indent = line.slice(0, line.length - line.trimStart().length);
    removed.push(`-${line}`);
    added.push(...replacement.map((text) => `+${indent}${text}`));
    replaced++;
  }
  flush();
  if (replaced !== replacements.size) return null;
  return ["*** Begin Patch", `*** Update File: ${brokenFile}`, ...body, "*** End Patch", ""].join("\n");
}
