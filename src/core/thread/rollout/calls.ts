import { Buffer } from "node:buffer";
import type { ResponseItem } from "../../model/types.ts";
import { assembleBody, buildCompactBody } from "../../turn/request.ts";
import { resolveInput, serializeItem } from "../history.ts";
import type { Epoch, RequestRecord, RolloutLine } from "./lines.ts";
import { replay } from "./replay.ts";

/** Why a prompt did not go on as it was: what a rollout says of it. */
export type EpochReason =
  | { readonly kind: "first" }
  | { readonly kind: "compaction"; readonly reason: "manual" | "limit" | "overflow"; readonly turnId: string }
  | { readonly kind: "revert"; readonly beforeTurnId: string }
  | { readonly kind: "fork"; readonly threadId: string }
  /** One of two prompts was too long even to be summarized, and outputs of tools were left out of the request for the summary. */
  | { readonly kind: "shortened" }
  /** Another model needs other instructions or tools, or a client gave its own. */
  | { readonly kind: "frame"; readonly source: Epoch["source"]; readonly patchTool: Epoch["patchTool"] };

/** A request that was sent to the model, as its rollout tells of it. */
export interface RecordedCall extends RequestRecord {
  /** ISO. */
  readonly at: string;
  readonly instructions: string;
  /** JSON text of the `tools` array. */
  readonly toolsJson: string;
  /** JSON text of each item, the question behind them included. Listed anew each time: what is kept, all calls of a prompt share. */
  readonly items: readonly string[];
  /** What began a new prompt between the call before and this one, oldest first. */
  readonly reasons: readonly EpochReason[];
}

const parseItemJson = (json: string): ResponseItem => JSON.parse(json) as ResponseItem;

/** All calls of a thread, from all its lines, those that it shares with others first; also those of turns that were reverted. Pure. */
export function recordedCalls(lines: readonly RolloutLine[]): RecordedCall[] {
  const calls: RecordedCall[] = [];
  let history: string[] = [];
  let epoch: Epoch | null = null;
  let reasons: EpochReason[] = [];
  let threadId: string | null = null;
  for (const [index, line] of lines.entries()) {
    switch (line.type) {
      case "session_meta": {
        const { id } = line.payload;
        if (threadId !== null && id !== threadId) reasons.push({ kind: "fork", threadId });
        threadId = id;
        break;
      }
      case "epoch": {
        const { source, patchTool } = line.payload;
        // That of a compaction stands before it, and is part of it.
        const isOfCompaction = lines.slice(index, index + 3).some(({ type }) => type === "compacted");
        if (epoch === null) reasons.push({ kind: "first" });
        else if (!isOfCompaction) reasons.push({ kind: "frame", source, patchTool });
        epoch = line.payload;
        break;
      }
      case "response_item":
        history.push(serializeItem(line.payload.item));
        break;
      case "compacted": {
        const { input, reason, turnId } = line.payload;
        history = resolveInput(history.map(parseItemJson), input).map(serializeItem);
        reasons.push({ kind: "compaction", reason, turnId });
        break;
      }
      case "reverted":
        history = replay(lines.slice(0, index + 1), [], null)
          .history.items()
          .map(serializeItem);
        reasons.push({ kind: "revert", beforeTurnId: line.payload.beforeTurnId });
        break;
      case "request": {
        const { payload, timestamp } = line;
        if (payload.input !== undefined) reasons.push({ kind: "shortened" });
        const input =
          payload.input === undefined
            ? history
            : resolveInput(history.map(parseItemJson), payload.input).map(serializeItem);
        const { length } = input;
        const question = payload.question === undefined ? [] : [JSON.stringify(payload.question)];
        calls.push({
          ...payload,
          at: timestamp,
          instructions: epoch?.instructions ?? "",
          toolsJson: JSON.stringify(epoch?.tools ?? []),
          // What later calls add is behind them in the same list.
          get items() {
            return [...input.slice(0, length), ...question];
          },
          reasons,
        });
        reasons = payload.input === undefined ? [] : [{ kind: "shortened" }];
        break;
      }
      default:
    }
  }
  return calls;
}

/** The body as it was sent. */
export function bodyOf({ model, instructions, toolsJson, parameters, items }: RecordedCall): Buffer {
  const input = [Buffer.from(items.join(","))];
  return Buffer.concat(
    parameters === null
      ? buildCompactBody({ model, instructions }, input)
      : assembleBody({ model, instructions, toolsJson, parameters }, input),
  );
}
