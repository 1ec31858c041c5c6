import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { applyPlan, formatApplied } from "../../src/core/patch/apply.ts";
import { parsePatch } from "../../src/core/patch/parse.ts";
import { readFromDisk } from "../../src/core/patch/read-file.ts";
import { verifyPatch } from "../../src/core/patch/verify.ts";
import { exited, type SeenCall } from "./conversation.ts";

export const sampleFolder = path.join(import.meta.dirname, "../../media/sample-workspace");

/** A copy of the sample workspace, gone at the end of the test. */
export async function copySample(): Promise<{ readonly folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(path.join(tmpdir(), "trail-log-"));
  await cp(sampleFolder, folder, { recursive: true });
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Runs a command line with bash in the folder; stdout and stderr as one text. */
export function bash(folder: string, script: string): Promise<{ readonly exitCode: number; readonly output: string }> {
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const env = { ...inherited, HOME: folder, PATH: `${path.dirname(process.execPath)}:${process.env["PATH"] ?? ""}` };
  return new Promise((resolve) => {
    const child = execFile("/bin/bash", ["-c", `exec 2>&1\n${script}`], { cwd: folder, env }, (_error, stdout) =>
      resolve({ exitCode: child.exitCode ?? -1, output: stdout }),
    );
  });
}

/** The demo's tools on a real folder: real commands without a sandbox, real patches without a question. */
export const realTools =
  (folder: string) =>
  async ({ name, args }: SeenCall): Promise<string> => {
    if (name === "update_plan") return "Plan updated";
    if (name === "apply_patch") return applyPatch(folder, String(args["input"]));
    const { exitCode, output } = await bash(folder, String(args["cmd"]));
    return exited(exitCode, output);
  };

/** The answer of a tool that takes every patch it can apply. */
async function applyPatch(folder: string, text: string): Promise<string> {
  const parsed = parsePatch(text);
  if (!parsed.ok) return `apply_patch verification failed: ${parsed.message}`;
  const verified = await verifyPatch(parsed.patch, { cwd: folder, read: readFromDisk });
  if (!verified.ok) return `apply_patch verification failed: ${verified.message}`;
  const outcome = await applyPlan(verified.plan);
  return outcome.status === "applied" ? formatApplied(verified.plan, outcome) : outcome.message;
}
