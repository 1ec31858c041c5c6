import { applyPlan, formatApplied } from "../core/patch/apply.ts";
import { parsePatch } from "../core/patch/parse.ts";
import { readFromDisk } from "../core/patch/read-file.ts";
import { verifyPatch } from "../core/patch/verify.ts";

export interface ApplyPatchStreams {
  /** Absolute; relative paths of the patch start here. */
  readonly cwd: string;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

const maxInputBytes = 64 * 1024 * 1024;

/**
 * `turnwright apply-patch`: applies the patch on stdin, as a whole or not at all, wherever its paths lead (a bare command knows no workspace).
 * Resolves to the exit status: 0 with the list of files on stdout, or 1 with the reason on stderr.
 */
export async function runApplyPatch({ cwd, stdin, stdout, stderr }: ApplyPatchStreams): Promise<number> {
  const fail = (message: string): number => {
    stderr.write(message + "\n");
    return 1;
  };
  const input = await readAll(stdin);
  if (input === null) return fail("The input is not a patch: it is larger than 64 MiB or not UTF-8 text.");
  const parsed = parsePatch(input);
  if (!parsed.ok) return fail(parsed.message);
  const verified = await verifyPatch(parsed.patch, { cwd, read: readFromDisk });
  if (!verified.ok) return fail(verified.message);
  const outcome = await applyPlan(verified.plan);
  if (outcome.status !== "applied") return fail(outcome.message);
  stdout.write(formatApplied(verified.plan, outcome));
  return 0;
}

async function readAll(stdin: AsyncIterable<Uint8Array | string>): Promise<string | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stdin) {
    const bytes = Buffer.from(part);
    size += bytes.length;
    if (size > maxInputBytes) return null;
    parts.push(bytes);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts));
  } catch {
    return null; // not UTF-8: said by the caller
  }
}
