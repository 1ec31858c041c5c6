// The browser workbench: VS Code's own workbench, extension host and editors, served to a browser by the npm package
// code-server. It has a folder of its own in the cache; `scripts/workbench` holds its lockfile.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, cp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { cached, fillOnce, isComplete, root } from "./cache.mjs";
import { SetupError, childEnvironment, npmCommand, run, runStep } from "./processes.mjs";

const manifests = path.join(root, "scripts", "workbench");

/** @param {string} workbench */
export const entryOf = (workbench) => path.join(workbench, "node_modules", "code-server", "out", "node", "entry.js");

async function folderName() {
  const lock = await readFile(path.join(manifests, "package-lock.json"), "utf8");
  const { version } = JSON.parse(lock).packages["node_modules/code-server"];
  // Bump the recipe when the steps below change.
  const recipe = "1";
  return `workbench-${version}-${createHash("sha256").update(lock).update(recipe).digest("hex").slice(0, 8)}`;
}

/** Whether the workbench needs to be fetched first. */
export const isWorkbenchReady = async () => isComplete(await folderName());

/**
 * The installed workbench's folder.
 * @param {{ bin: string | undefined, headers: string | undefined }} node
 */
export async function provideWorkbench(node) {
  const name = await folderName();
  if (isComplete(name)) return cached(name);
  if (process.platform === "win32")
    throw new SetupError("The browser workbench does not run on Windows. Install VS Code, so that `code` is on PATH.");
  if (/\s/.test(cached(name)))
    throw new SetupError(
      `The browser workbench compiles native addons, and their build does not bear the blank in ${cached(name)}. Set TURNWRIGHT_CACHE to a folder whose path has none.`,
    );
  return fillOnce(name, async (folder) => {
    const npm = npmCommand();
    const log = cached(`${name}.log`);
    await rm(log, { force: true });
    for (const file of ["package.json", "package-lock.json"])
      await copyFile(path.join(manifests, file), path.join(folder, file));
    const env = childEnvironment(node.bin, {
      npm_config_ignore_scripts: "true",
      ...(node.headers ? { npm_config_nodedir: node.headers } : {}),
    });
    const quiet = ["--no-audit", "--no-fund", "--prefer-offline"];
    await runStep("Fetching the browser workbench", npm.command, [...npm.prefix, "ci", ...quiet], {
      cwd: folder,
      env,
      log,
    });
    await installEditor(path.join(folder, "node_modules", "code-server", "lib", "vscode"), env, log);
  });
}

/**
 * What the package's own postinstall script does, step by step: newer npm versions refuse install scripts that were not
 * allowed, differently from version to version, so packages come without scripts and the addons are then built by name.
 * @param {string} vscode
 * @param {NodeJS.ProcessEnv} env
 * @param {string} log
 */
async function installEditor(vscode, env, log) {
  const npm = npmCommand();
  const install = [...npm.prefix, "install", "--omit=dev", "--no-audit", "--no-fund", "--prefer-offline"];
  await runStep("Fetching the workbench's packages", npm.command, install, { cwd: vscode, env, log });
  await runStep("Fetching the workbench's built-in extensions", npm.command, install, {
    cwd: path.join(vscode, "extensions"),
    env,
    log,
  });
  const scripts = { ...env, npm_config_ignore_scripts: "false", JOBS: "max" };
  const build = [...npm.prefix, "rebuild", ...nativeAddons];
  await runStep("Compiling the workbench's native addons", npm.command, build, { cwd: vscode, env: scripts, log });
  // npm versions differ in what an unapproved install script means: a warning, or that it is left out in silence.
  const built = path.join(vscode, "node_modules", "@vscode", "spdlog", "build", "Release", "spdlog.node");
  if (!existsSync(built)) throw new SetupError(`npm did not build the workbench's native addons. Log: ${log}`);
  const system = process.platform === "darwin" ? "darwin" : "linux";
  await link(`code-${system}.sh`, path.join(vscode, "bin", "remote-cli", "code-server"));
  await link(`browser-${system}.sh`, path.join(vscode, "bin", "helpers", "browser.sh"));
}

/** The addons that the server and the extension host load on Linux and macOS. */
const nativeAddons = [
  "@parcel/watcher",
  "@vscode/deviceid",
  "@vscode/fs-copyfile",
  "@vscode/native-watchdog",
  "@vscode/spdlog",
  "@vscode/sqlite3",
  "kerberos",
  "node-pty",
];

/** @param {string} target @param {string} place */
async function link(target, place) {
  await rm(place, { force: true });
  await symlink(target, place);
}

/**
 * A copy of the workbench that treats extensions as the desktop does. code-server lets every extension use every
 * proposed API, so a test there could pass on something that desktop VS Code refuses. Files are hard links; only the two
 * that hold the gate are rewritten.
 * @param {string} workbench
 */
export async function provideStrictWorkbench(workbench) {
  return fillOnce(`${path.basename(workbench)}-strict`, async (folder) => {
    const copied = process.platform === "linux" ? await run("cp", ["-al", `${workbench}/.`, folder]) : 1;
    if (copied !== 0) await cp(workbench, folder, { recursive: true, verbatimSymlinks: true });
    await rm(path.join(folder, ".complete"), { force: true });
    const out = path.join(folder, "node_modules", "code-server", "lib", "vscode", "out", "vs");
    for (const file of ["code/browser/workbench/workbench.js", "workbench/api/node/extensionHostProcess.js"]) {
      await closeGate(path.join(out, file));
    }
  });
}

/** @param {string} file */
async function closeGate(file) {
  const text = await readFile(file, "utf8");
  // The function that always says yes stands directly before the one that throws. Names are minified.
  const gate =
    /function ([\w$]+)\(([\w$]+),([\w$]+)\)\{return!0\}(?=function [\w$]+\([\w$]+,[\w$]+\)\{if\(!\1\([\w$]+,[\w$]+\)\)throw new Error\(`Extension '[^`]{0,60}CANNOT use API proposal)/g;
  const places = [...text.matchAll(gate)];
  if (places.length !== 1)
    throw new SetupError(
      `The gate on proposed API was found ${places.length} times in ${file}, once was expected. Adapt scripts/setup/workbench.mjs to this version.`,
    );
  const closed = text.replace(
    gate,
    "function $1($2,$3){return!!$2.enabledApiProposals&&$2.enabledApiProposals.includes($3)}",
  );
  // Written beside and renamed: the file here is a hard link to the unchanged workbench's.
  await writeFile(`${file}.new`, closed);
  await rename(`${file}.new`, file);
}
