import { createHash } from "node:crypto";
import type { EditorApplyEditParams, EditorApplyEditResponse } from "../protocol/approvals.ts";
import { replacements } from "./text-edits.ts";
import type { TextReplacement } from "./text-edits.ts";

/** An open document, as far as writing into it is concerned. */
export interface OpenDocument {
  readonly isDirty: boolean;
  /** VS Code's name of the encoding, `utf8` or `utf8bom` for what we write. */
  readonly encoding: string;
  readonly eol: "\n" | "\r\n";
  /** Text as the editor holds it: without BOM, every line end as `eol`. */
  readonly text: string;
}

/** A file on disk. */
export interface DiskFile {
  readonly bytes: Uint8Array;
  /** Names the file has. */
  readonly links: number;
}

export type EditPlan =
  | { readonly kind: "edit"; readonly replacements: readonly TextReplacement[] }
  | { readonly kind: "answer"; readonly answer: Exclude<EditorApplyEditResponse, { status: "applied" }> };

/** In our texts it stands where the file has it; a document of the editor leaves it out. */
export const byteOrderMark = "\uFEFF";

/**
 * Decides what to do with one write. `document` is null when the file is not open, `disk` null when it is not on disk. The editor
 * writes only what it can write exactly; anything else goes back to the server, and whatever the user typed is a conflict.
 */
export function planEdit(
  { baseHash, text }: Pick<EditorApplyEditParams, "baseHash" | "text">,
  document: OpenDocument | null,
  disk: DiskFile | null,
): EditPlan {
  if (document === null) return refused("it is not open in the editor");
  if (document.isDirty) {
    return conflict("it has unsaved changes in the editor; the user has to save or discard them first");
  }
  if (disk === null) {
    if (baseHash !== null) return conflict("it was deleted meanwhile");
    return refused("it is not on disk yet");
  }
  if (baseHash === null) return conflict("it exists already");
  const { bytes, links } = disk;
  if (hashOf(bytes) !== baseHash) {
    return conflict("it was changed on disk meanwhile");
  }
  if (text === null) return refused("the editor does not delete files");
  // The editor writes in place, so every name would get the new text; the server gives it to this name only, as the user was told.
  if (links > 1) return refused("it has further names (hard links)");
  const current = decodeUtf8(bytes);
  if (current === null) {
    return conflict("it is not UTF-8 text, so replacing its text could damage it");
  }
  if (document.encoding !== "utf8" && document.encoding !== "utf8bom") {
    return refused(`the editor has it open as ${document.encoding}`);
  }
  const bom = document.encoding === "utf8bom" ? byteOrderMark : "";
  if (current !== bom + document.text) {
    // Mixed line ends, or a reload that has not happened yet: saving this document would change more than was proposed.
    return refused("the editor does not hold it exactly as it is on disk");
  }
  if (!text.startsWith(bom)) return refused("the change removes the byte order mark");
  const wanted = text.slice(bom.length);
  if (bom === "" && wanted.startsWith(byteOrderMark)) return refused("the change adds a byte order mark");
  if (withLineEnds(wanted, document.eol) !== wanted)
    return refused("the change has other line ends than the open document");
  return { kind: "edit", replacements: replacements(document.text, wanted) };
}

/** SHA-256 in hex, the form of `baseHash`. */
const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Text with its BOM, or null when the bytes are no UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

const withLineEnds = (text: string, eol: OpenDocument["eol"]): string => text.replace(/\r\n|\r|\n/g, eol);

/** Messages are parts of a sentence about the file; whoever reports them names it. */
const refused = (message: string): EditPlan => ({ kind: "answer", answer: { status: "refused", message } });
const conflict = (message: string): EditPlan => ({ kind: "answer", answer: { status: "conflict", message } });
