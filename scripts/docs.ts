/** npm run docs: writes docs/protocol.md and the sources that are made from the comments in src/protocol. */
import fs from "node:fs/promises";
import path from "node:path";
import { generatedPages, generatedSources, protocolComments } from "./docs/generated.ts";

const root = path.resolve(import.meta.dirname, "..");
const write = async ([file, text]: readonly [string, string]): Promise<void> => {
  const target = path.join(root, file);
  const known = await fs.readFile(target, "utf8").catch(() => null);
  if (known === text) return;
  await fs.writeFile(target, text);
  process.stdout.write(`${file}\n`);
};

const comments = await protocolComments(root);
for (const source of await generatedSources(root, comments)) await write(source);
for (const page of await generatedPages(root, comments)) await write(page);
