import { rename, writeFile } from "node:fs/promises";
import { checks } from "./checks.ts";

/** What a check ended with, as the report file has it. */
interface Outcome {
  readonly name: string;
  readonly error: string | null;
}

const perCheckMs = 30_000;

/** In the browser workbench: runs on start-up and leaves the report where TURNWRIGHT_HOST_REPORT says. */
export async function activate(): Promise<void> {
  const file = process.env["TURNWRIGHT_HOST_REPORT"];
  if (file === undefined) return;
  // Written beside and renamed: whoever watches the folder reads it whole.
  await writeFile(`${file}.new`, JSON.stringify(await runChecks()));
  await rename(`${file}.new`, file);
}

/** In a desktop VS Code under test: fails with the names of the checks that failed. */
export async function run(): Promise<void> {
  const outcomes = await runChecks();
  for (const { name, error } of outcomes)
    process.stdout.write(
      `${error === null ? "passed" : "FAILED"}  ${name}${error === null ? "" : `\n        ${error}`}\n`,
    );
  const failed = outcomes.filter((outcome) => outcome.error !== null).length;
  process.stdout.write(`${outcomes.length - failed} passed, ${failed} failed\n`);
  if (failed > 0) throw new Error(`${failed} checks failed`);
}

async function runChecks(): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { name, run: check } of checks) {
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`no end after ${perCheckMs / 1000} s`)), perCheckMs).unref();
    });
    try {
      await Promise.race([check(), late]);
      outcomes.push({ name, error: null });
    } catch (error) {
      outcomes.push({ name, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  return outcomes;
}
