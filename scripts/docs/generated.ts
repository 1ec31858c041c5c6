import fs from "node:fs/promises";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { readDocComments, type DocComments } from "./doc-comments.ts";

/** Files of the protocol that publish nothing: the panel's own channel, and errors, which are no schemas. */
const unpublished = ["host", "errors"];
const notice = "// Written by `npm run docs`; do not edit.\n";

export const folder = "src/protocol/published";

/** Reads what the comments of the protocol's sources say. */
export async function protocolComments(root: string): Promise<DocComments> {
  const sources = path.join(root, "src/protocol");
  const files = (await fs.readdir(sources)).filter((file) => file.endsWith(".ts")).map((file) => file.slice(0, -3));
  const texts = files
    .filter((name) => !unpublished.includes(name))
    .map(async (name) => [name, await fs.readFile(path.join(sources, `${name}.ts`), "utf8")] as const);
  return readDocComments(new Map(await Promise.all(texts)));
}

/** The sources that are made from sources: path, from the root of the project, to text. */
export async function generatedSources(root: string, comments: DocComments): Promise<ReadonlyMap<string, string>> {
  const identifier = (module: string): string =>
    module.replaceAll(/-(\w)/gu, (_, letter: string) => letter.toUpperCase());
  const modules = `${notice}
${comments.modules.map((module) => `import * as ${identifier(module)} from "../${module}.ts";`).join("\n")}

/** The files whose exports give the published definitions their names. */
export const modules: readonly Readonly<Record<string, unknown>>[] = [${comments.modules.map(identifier).join(", ")}];
`;
  const said = [...comments.texts].map(([name, text]) => `${JSON.stringify(name)}: ${JSON.stringify(text)},`);
  const docComments = `${notice}
/** What comments in the sources say, by definition, path of a member, or name of a method or notification. */
export const docComments: Readonly<Record<string, string>> = {\n${said.join("\n")}\n};
`;
  const files = { "modules.ts": modules, "doc-comments.ts": docComments };
  const written = Object.entries(files).map(async ([name, text]): Promise<[string, string]> => {
    const file = path.posix.join(folder, name);
    const options = await resolveConfig(path.join(root, file));
    return [file, await format(text, { ...options, parser: "typescript" })];
  });
  return new Map(await Promise.all(written));
}

/** The pages. Loads the generated sources, so they must be up to date. */
export async function generatedPages(root: string, comments: DocComments): Promise<ReadonlyMap<string, string>> {
  return new Map([await protocolPageOf(root, comments), await clientPage(root)]);
}

async function protocolPageOf(root: string, { entries }: DocComments): Promise<[string, string]> {
  const { publishedProtocol } = await import("../../src/protocol/published/definitions.ts");
  const { protocolPage } = await import("./protocol-page.ts");
  const intro = await fs.readFile(path.join(root, "scripts/docs/protocol-intro.md"), "utf8");
  return ["docs/protocol.md", protocolPage({ protocol: publishedProtocol({ experimental: true }), entries, intro })];
}

/** The page about the example shows it as it is. */
async function clientPage(root: string): Promise<[string, string]> {
  const file = "docs/client-in-50-lines.md";
  const page = await fs.readFile(path.join(root, file), "utf8");
  const code = await fs.readFile(path.join(root, "docs/examples/client.mjs"), "utf8");
  return [file, page.replace(/(?<=^```js\n).*?(?=^```$)/msu, () => code)];
}
