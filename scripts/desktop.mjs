// npm run test:desktop: the checks of test/e2e/host in a desktop VS Code: TURNWRIGHT_VSCODE (path of its program), or
// the stable version, which @vscode/test-electron downloads. Where neither is to be had, that is said and nothing fails.
import { existsSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildHostChecks } from "./host-checks.mjs";
import { setUp } from "./setup.mjs";
import { cached, root } from "./setup/cache.mjs";
import { SetupError, main, run } from "./setup/processes.mjs";

const downloadMs = 300_000;

await main(async () => {
  const { nodeBinary, env } = await setUp([]);
  if (nodeBinary !== process.execPath) {
    process.exitCode = await run(nodeBinary, [import.meta.filename], { cwd: root, env });
    return;
  }
  const electron = await import("@vscode/test-electron");
  const vscodeExecutablePath = await findEditor(electron);
  if (vscodeExecutablePath === undefined) return;
  if ((await run(process.execPath, [path.join(root, "esbuild.mjs")], { cwd: root })) !== 0)
    throw new SetupError("The build failed.");
  const checks = await buildHostChecks();
  const folder = await mkdtemp(path.join(tmpdir(), "turnwright-desktop-"));
  try {
    const workspace = path.join(folder, "workspace");
    await cp(path.join(root, "media", "sample-workspace"), workspace, { recursive: true });
    const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    const failed = await electron.runTests({
      vscodeExecutablePath,
      extensionDevelopmentPath: root,
      extensionTestsPath: path.join(checks, "main.js"),
      extensionTestsEnv: { TURNWRIGHT_HOME: path.join(folder, "home") },
      launchArgs: [
        workspace,
        "--disable-extensions",
        "--disable-workspace-trust",
        `--user-data-dir=${path.join(folder, "data")}`,
        ...asRoot,
      ],
    });
    if (failed !== 0) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
});

/** @param {typeof import("@vscode/test-electron")} electron */
async function findEditor({ downloadAndUnzipVSCode, SilentReporter }) {
  const named = process.env.TURNWRIGHT_VSCODE;
  if (named) {
    if (!existsSync(named)) throw new SetupError(`TURNWRIGHT_VSCODE names ${named}, which does not exist.`);
    return named;
  }
  try {
    return await downloadAndUnzipVSCode({
      version: "stable",
      cachePath: cached("desktop"),
      timeout: downloadMs,
      reporter: new SilentReporter(),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.log(
      `Left out: no desktop VS Code is here and it could not be downloaded (${reason}). TURNWRIGHT_VSCODE=/path/to/code names one.`,
    );
    return undefined;
  }
}
