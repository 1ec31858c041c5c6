// Packs the opener (see opener/opener.cjs) into the VSIX named as argument.
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createVSIX } from "@vscode/vsce";
import { root } from "../setup/cache.mjs";

const stage = await mkdtemp(path.join(tmpdir(), "turnwright-opener-"));
try {
  await cp(path.join(import.meta.dirname, "opener"), stage, { recursive: true });
  await cp(path.join(root, "LICENSE"), path.join(stage, "LICENSE"));
  await writeFile(path.join(stage, ".vscodeignore"), "");
  await createVSIX({ cwd: stage, packagePath: process.argv[2], dependencies: false, allowMissingRepository: true });
} finally {
  await rm(stage, { recursive: true, force: true });
}
