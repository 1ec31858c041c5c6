import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { version } from "../app-server/version.ts";
import { publishedProtocol } from "../protocol/published/definitions.ts";
import { schemaFiles } from "../protocol/published/schema-files.ts";
import { typescriptFile } from "../protocol/published/typescript.ts";

type Files = ReadonlyMap<string, string>;
interface Request {
  readonly out: string;
  readonly experimental: boolean;
}

/** What each command writes, by file name. */
const generators = {
  "generate-json-schema": ({ experimental }: Request): Files =>
    new Map(
      [...schemaFiles(publishedProtocol({ experimental }))].map(([name, schema]) => [
        name,
        `${JSON.stringify(schema, null, 2)}\n`,
      ]),
    ),
  "generate-ts": ({ experimental }: Request): Files => {
    const origin = `The app-server protocol of turnwright ${version}${experimental ? ", experimental parts included" : ""}. Written by \`turnwright app-server generate-ts\`.`;
    return new Map([["index.ts", typescriptFile(publishedProtocol({ experimental }), origin)]]);
  },
};
type Generator = keyof typeof generators;

export const isGenerator = (word: string | undefined): word is Generator =>
  word !== undefined && Object.hasOwn(generators, word);

/**
 * `turnwright app-server generate-json-schema|generate-ts --out DIR [--experimental]`: the protocol for authors of clients.
 *
 * @returns 0; 1 when DIR cannot be written, 2 for bad arguments, with the reason on stderr.
 */
export async function runGenerate(command: Generator, args: readonly string[]): Promise<number> {
  const request = parse(args);
  if (typeof request === "string")
    return refuse(command, `${request}\nusage: turnwright app-server ${command} --out DIR [--experimental]`, 2);
  const files = generators[command](request);
  try {
    await writeAll(request.out, files);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuse(command, `cannot write into ${request.out}: ${reason}`, 1);
  }
  process.stdout.write([...files.keys()].map((name) => `${join(request.out, name)}\n`).join(""));
  return 0;
}

/** A string says what is wrong. */
function parse(args: readonly string[]): Request | string {
  try {
    const options = { out: { type: "string" }, experimental: { type: "boolean" } } as const;
    const { out, experimental } = parseArgs({ args: [...args], options }).values;
    if (out === undefined || out === "") return "--out DIR is missing: the folder to write into";
    return { out: resolve(out), experimental: experimental ?? false };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** All files are complete before the first one replaces an older one; whoever reads the folder meanwhile finds whole files. */
async function writeAll(folder: string, files: Files): Promise<void> {
  await mkdir(folder, { recursive: true });
  const stage = await mkdtemp(join(folder, ".turnwright-"));
  try {
    for (const [name, text] of files) await writeFile(join(stage, name), text);
    for (const name of files.keys()) await rename(join(stage, name), join(folder, name));
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

function refuse(command: Generator, message: string, status: number): number {
  process.stderr.write(`turnwright app-server ${command}: ${message}\n`);
  return status;
}
