import { parsePatch } from "../../../src/core/patch/parse.ts";
import type { PatchPlan } from "../../../src/core/patch/plan.ts";
import type { ReadFile } from "../../../src/core/patch/read-file.ts";
import type { VerifyResult } from "../../../src/core/patch/verify.ts";
import { verifyPatch } from "../../../src/core/patch/verify.ts";

export const cwd = "/repo";

/** A reader over files in memory, by path relative to /repo; a null is a folder. */
export function memoryFiles(files: Readonly<Record<string, string | Buffer | null>>): ReadFile {
  return async (path) => {
    const content = files[path.slice(cwd.length + 1)];
    const location = { place: path, target: path, isLink: false };
    if (content === undefined) return { kind: "missing", ...location };
    if (content === null) return { kind: "unreadable", message: "it is a folder" };
    return { kind: "file", ...location, bytes: Buffer.from(content), mode: 0o644, links: 1 };
  };
}

export function wrap(...lines: readonly string[]): string {
  return ["*** Begin Patch", ...lines, "*** End Patch", ""].join("\n");
}

/** Verifies a patch of these lines (without its begin and end). */
export async function verify(
  files: Parameters<typeof memoryFiles>[0],
  ...lines: readonly string[]
): Promise<VerifyResult> {
  const parsed = parsePatch(wrap(...lines));
  return parsed.ok ? verifyPatch(parsed.patch, { cwd, read: memoryFiles(files) }) : parsed;
}

/** What a plan makes of the files it touches: path to text, null for removed. */
export function netOf(plan: PatchPlan): Record<string, string | null> {
  const steps = plan.files.flatMap((file) => file.steps);
  return Object.fromEntries(steps.map(({ path, newText }) => [path.slice(cwd.length + 1), newText]));
}
