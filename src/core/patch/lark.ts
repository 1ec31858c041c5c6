/**
 * How the patch tool is told to a model. The grammar is for models that are bound to it (freeform tools); the words are for all. Both
 * describe what `parse.ts` and `match.ts` take; where those are more tolerant, the tolerance is not advertised.
 */

/** Lark grammar of a patch. No terminal matches the empty string, and each line is one rule, as the decoders like it. */
export const patchToolLark = `start: begin operation+ end

begin: "*** Begin Patch" LF
end: "*** End Patch" LF?

operation: add_file | delete_file | update_file

add_file: "*** Add File: " PATH LF ADDED_LINE*
delete_file: "*** Delete File: " PATH LF
update_file: "*** Update File: " PATH LF move_to? chunk+
move_to: "*** Move to: " PATH LF

chunk: anchor changed_line+ end_of_file?
anchor: "@@" LF | "@@ " ANCHOR_TEXT LF
changed_line: KEPT_LINE | REMOVED_LINE | ADDED_LINE
end_of_file: "*** End of File" LF

PATH: /[^\\r\\n]+/
ANCHOR_TEXT: /[^\\r\\n]+/
KEPT_LINE: / [^\\n]*\\n/
REMOVED_LINE: /-[^\\n]*\\n/
ADDED_LINE: /\\+[^\\n]*\\n/
LF: /\\n/
`;

const format = `The patch is plain text, not JSON and not a unified diff:

*** Begin Patch
*** Update File: src/greet.ts
@@ export function greet(name: string) {
   const trimmed = name.trim();
-  return "Hi " + trimmed;
+  return \`Hello, \${trimmed}!\`;
 }
*** Add File: docs/greeting.md
+# Greeting
+
+Says hello.
*** Delete File: src/old-greet.ts
*** End Patch

Operations, any number of them, one after the other:
- "*** Add File: PATH": every line of the new file follows with a leading "+".
- "*** Delete File: PATH": nothing follows.
- "*** Update File: PATH": optionally "*** Move to: NEW PATH" as the next line, then one or more chunks.

A chunk is a line "@@", then lines that each start with one character: a blank for a line that stays, "-" for a line that goes, "+" for a
line that comes. Rules for chunks:
- Copy the lines that stay and go exactly as they are in the file now, with their indentation. Show about 3 lines that stay above and
  below the change, so that the place is unique: the first match counts.
- Where that is not unique, put one whole line from further above after the "@@", such as the head of the function. One line only, no
  line numbers.
- Several chunks of one file stand in the order of the file and do not overlap.
- A chunk at the very end of a file may close with the line "*** End of File".
- A chunk with only "+" lines adds them at the end of the file.

Paths are relative to the working directory. The patch applies as a whole or not at all; if it is refused, the answer says which line did
not fit. Text files in UTF-8 only.`;

/** Description of the freeform tool, whose input is the patch itself. */
export const patchToolDescription = `Adds, changes, moves and deletes files by a patch. Prefer it over shell commands for editing. ${format}`;

/** Description of the function tool, whose argument \`input\` is the patch. */
export const patchFunctionDescription = `Adds, changes, moves and deletes files by a patch, given whole in \`input\`. Prefer it over shell commands for editing. ${format}`;
