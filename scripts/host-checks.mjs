// Builds test/e2e/host, the extension that runs checks inside the extension host: a folder that desktop VS Code can be
// pointed at, and (with a file name as argument) a VSIX for the browser workbench.
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { root } from "./setup/cache.mjs";
import { main } from "./setup/processes.mjs";

/** Builds into `folder`, which is emptied, and returns it. */
export async function buildHostChecks(folder = path.join(root, "test-results", "host-checks")) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await copyFile(path.join(root, "test", "e2e", "host", "package.json"), path.join(folder, "package.json"));
  await copyFile(path.join(root, "LICENSE"), path.join(folder, "LICENSE"));
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ["test/e2e/host/main.ts"],
    outfile: path.join(folder, "main.js"),
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    external: ["vscode"],
    logLevel: "warning",
  });
  return folder;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    const folder = await buildHostChecks();
    await writeFile(path.join(folder, ".vscodeignore"), "");
    const { createVSIX } = await import("@vscode/vsce");
    await createVSIX({ cwd: folder, packagePath: process.argv[2], dependencies: false, allowMissingRepository: true });
  });
}
