import { realpathSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { startCliServer, type CliOptions, type CliServer } from "./cli.ts";

type Answer = Readonly<Record<string, unknown>>;

/** A real server over stdio to which a client said `initialize`; both end with the test. */
export async function startedServer(
  options: CliOptions & { readonly experimentalApi?: boolean } = {},
): Promise<CliServer> {
  const server = await startCliServer(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const capabilities = { experimentalApi: options.experimentalApi ?? true };
  await server.request("initialize", { clientInfo: { name: "probe", version: "1" }, capabilities });
  server.send({ method: "initialized" });
  return server;
}

/** The result of a request; an error fails the test with its words. */
export async function resultOf(answer: Promise<Answer>): Promise<Answer> {
  const { result, error } = await answer;
  if (typeof result !== "object" || result === null) throw new Error(JSON.stringify(error));
  return { ...result };
}

/** The error of a request. */
export async function errorOf(answer: Promise<Answer>): Promise<unknown> {
  const { error, result } = await answer;
  if (error === undefined) throw new Error(`no error but ${JSON.stringify(result)}`);
  return error;
}

/** A new folder, links resolved, that is gone when the test is over. */
export function testFolder(under = tmpdir()): string {
  const folder = realpathSync(mkdtempSync(path.join(under, "turnwright-test-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
