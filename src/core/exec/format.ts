import { constants } from "node:os";
import type { ProcessExit, TakenOutput } from "./types.ts";

/** How much of an output a model takes: by tokens (4 bytes each), or by bytes for models that are not known. */
export interface OutputLimit {
  readonly unit: "tokens" | "bytes";
  readonly value: number;
}

/** Bytes of output for one call: what the model asked for, at most what its limit allows. */
export function outputBudget(maxOutputTokens: number | undefined, limit: OutputLimit): number {
  const allowed = limit.unit === "tokens" ? limit.value * bytesPerToken : limit.value;
  if (maxOutputTokens === undefined) return allowed;
  return Math.max(0, Math.min(allowed, Math.floor(maxOutputTokens) * bytesPerToken));
}

export interface ExecResult {
  /** Six hex digits that name this stretch of output. */
  readonly chunkId: string;
  readonly wallTimeMs: number;
  /** How it ended, or the session under which it goes on. */
  readonly state: ProcessExit | { readonly sessionId: number };
  /** Take it with a bound well above `maxBytes` (1 MiB is fine): what is cut here replaces the line that marks an earlier cut. */
  readonly output: TakenOutput;
  /** From {@link outputBudget}. */
  readonly maxBytes: number;
}

/** The answer to exec_command and write_stdin. The layout is the one that models know from Codex. */
export function formatExecResult({ chunkId, wallTimeMs, state, output, maxBytes }: ExecResult): string {
  return [
    `Chunk ID: ${chunkId}`,
    `Wall time: ${(wallTimeMs / 1000).toFixed(4)} seconds`,
    "sessionId" in state ? `Process running with session ID ${state.sessionId}` : exitLine(state),
    `Original token count: ${tokens(output.bytes)}`,
    "Output:",
    truncate(output, maxBytes),
  ].join("\n");
}

function exitLine(exit: ProcessExit): string {
  const status = `Process exited with code ${shellStatus(exit)}`;
  return exit.signal === null ? status : `${status} (${exit.signal})`;
}

/** The status a shell reports: 128 + N for a process that signal N ended. */
export function shellStatus(exit: Pick<ProcessExit, "exitCode" | "signal">): number {
  if (exit.exitCode !== null) return exit.exitCode;
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return 128 + (numbers[exit.signal ?? ""] ?? 0);
}

const bytesPerToken = 4;
const tokens = (bytes: number) => Math.ceil(bytes / bytesPerToken);

/** Output for the model: cleaned, and with head and tail only when it is longer than `maxBytes`. */
export function truncate(output: TakenOutput, maxBytes: number): string {
  const text = cleanForModel(output.text);
  const bytes = Buffer.from(text);
  if (output.omittedBytes === 0 && bytes.length <= maxBytes) return text;
  const half = Math.floor(maxBytes / 2);
  const head = bytes.subarray(0, boundaryBefore(bytes, half));
  const tail = bytes.subarray(boundaryBefore(bytes, Math.max(head.length, bytes.length - (maxBytes - half))));
  const missing = Math.max(0, bytes.length + output.omittedBytes - head.length - tail.length);
  return [
    `Warning: truncated output (original token count: ${tokens(output.bytes)})`,
    `Total output lines: ${output.totalLines}`,
    "",
    `${head.toString()}…${tokens(missing)} tokens truncated…${tail.toString()}`,
  ].join("\n");
}

/** The start of the character that `at` points into. */
function boundaryBefore(bytes: Uint8Array, at: number): number {
  let start = at;
  while (start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  return start;
}

// CSI (colours, cursor); OSC and the other string sequences, where they end within reason; two-character escapes. Linear on any input.
const ansi = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b\n]{0,4096}(?:\u0007|\u001b\\)|[ -/]*[0-~])/g;
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/**
 * Text for the model: ANSI sequences go, they are noise that costs tokens; every other control character but newline, carriage
 * return and tab is shown as `\x1b`-style escape, so that a NUL or a backspace in a name is seen and does no harm on its way.
 */
export function cleanForModel(text: string): string {
  return text.replace(ansi, "").replace(control, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
