import { useMemo, useState } from "preact/hooks";
import type { PendingFile } from "../../src/protocol/host.ts";
import type { FileUpdateChange } from "../../src/protocol/items.ts";
import { AnswerButtons } from "../approvals/answer-buttons.tsx";
import { Disclosure } from "../controls/disclosure.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { usePanel } from "../panel-context.ts";
import { relativePath, splitPath } from "../paths.ts";
import { plural } from "../units.ts";
import { visibleText } from "../visible-text.ts";
import { Counts } from "./counts.tsx";
import { diffCounts, type DiffRow, diffRows } from "./diff-rows.ts";

/** A diff up to this many rows is shown at once, if it is the only file of its change. */
const openRows = 30;
const maxRows = 400;
/** Of one line: generated files have lines of a megabyte. */
const maxLineLength = 2000;
const letters = { add: "A", delete: "D", update: "M" } as const;
const words = { add: "Added", delete: "Deleted", update: "Modified" } as const;

interface FileDiffProps {
  readonly itemId: string;
  readonly change: FileUpdateChange;
  readonly pending: PendingFile | null;
  readonly isOnly: boolean;
  readonly canOpenDiff: boolean;
}

/** One file of a change: path, kind, counts; its diff below. */
export function FileDiff({ itemId, change, pending, isOnly, canOpenDiff }: FileDiffProps) {
  const { store, cwd } = usePanel();
  const rows = useMemo(() => diffRows(change), [change]);
  const counts = useMemo(() => diffCounts(change), [change]);
  const moved = change.kind.type === "update" ? (change.kind.move_path ?? null) : null;
  const path = relativePath(change.path, cwd);
  const parts = splitPath(path);
  const name = visibleText(parts.name);
  const folder = visibleText(parts.folder);
  const kind = change.kind.type;
  return (
    <li class="file">
      <Disclosure
        isOpenAtFirst={isOnly && rows.length <= openRows}
        summary={
          <>
            <span class={`kind ${kind}`} title={words[kind]}>
              <span aria-hidden="true">{moved === null ? letters[kind] : "R"}</span>
              <span class="sr-only">{moved === null ? words[kind] : "Renamed"}</span>
            </span>
            <span class="row-title path" title={visibleText(path)}>
              <span class="file-name">{name}</span>
              {folder !== "" && <span class="file-folder">{folder}</span>}
              {moved !== null && <span class="file-folder">→ {visibleText(relativePath(moved, cwd))}</span>}
            </span>
            {!isOnly && <Counts {...counts} />}
          </>
        }
      >
        <DiffView rows={rows} name={name} />
      </Disclosure>
      <div class="file-actions">
        {canOpenDiff && (
          <IconButton icon="diff" label={`Open diff of ${name}`} onClick={() => store.openDiff(itemId, change.path)} />
        )}
        {pending !== null && !isOnly && <AnswerButtons itemId={itemId} file={pending} name={name} />}
      </div>
    </li>
  );
}

/** What is accepted here must not look like something else, nor hide its end unsaid. */
function shownLine(text: string): string {
  const hidden = text.length - maxLineLength;
  return hidden > 0
    ? `${visibleText(text.slice(0, maxLineLength))}… (${plural(hidden, "character")} more)`
    : visibleText(text);
}

function DiffView({ rows, name }: { rows: readonly DiffRow[]; name: string }) {
  const [isWhole, setIsWhole] = useState(false);
  if (rows.length === 0) return <p class="note">No lines to show.</p>;
  const shown = isWhole ? rows.slice(0, maxRows * 10) : rows.slice(0, maxRows);
  return (
    <div class="diff" role="group" tabIndex={0} aria-label={`Changes in ${name}`}>
      {shown.map((row, index) =>
        row.kind === "gap" ? (
          <div key={index} class="diff-gap">
            <span aria-hidden="true">⋯</span> {shownLine(row.label)}
          </div>
        ) : (
          <div key={index} class={`diff-row ${row.kind}`}>
            <span class="line-number">{row.oldLine}</span>
            <span class="line-number">{row.newLine}</span>
            <span class="sign">{row.kind === "added" ? "+" : row.kind === "removed" ? "−" : " "}</span>
            <span class="diff-text">{shownLine(row.text)}</span>
          </div>
        ),
      )}
      {shown.length < rows.length && (
        <button type="button" class="link more" onClick={() => setIsWhole(true)}>
          {isWhole ? "Open the diff to see the rest" : `Show ${rows.length - shown.length} more lines`}
        </button>
      )}
    </div>
  );
}
