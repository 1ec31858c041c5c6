// npm start: builds the extension and opens VS Code with it on a copy of the sample workspace. Desktop VS Code where
// `code` is on PATH, else the browser workbench, whose address is the last line printed.
//   npm start -- [--port N] [--no-open] [--workspace DIR]
import { existsSync } from "node:fs";
import { cp, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { setUp } from "./setup.mjs";
import { cached, root, withLock } from "./setup/cache.mjs";
import { fingerprintOf } from "./setup/fingerprint.mjs";
import { SetupError, main, run } from "./setup/processes.mjs";
import { failIfMissing, howToInstall, onPath, provideSystemPackages } from "./setup/system-packages.mjs";
import { isWorkbenchReady, provideWorkbench } from "./setup/workbench.mjs";
import { choosePort, installExtension, profileIn, serveWorkbench } from "./workbench/serve.mjs";

await main(async () => {
  const options = readOptions();
  if (options.port !== undefined) await choosePort(options.port);
  const { node, nodeBinary, env, missing } = await setUp(["agent"]);
  if (missing.length > 0)
    console.log(`${howToInstall(missing)}\nTurnwright starts without them, and says so where it needs one.\n`);
  const packing = [path.join(root, "scripts", "package.mjs"), "--if-changed"];
  if ((await run(nodeBinary, packing, { cwd: root, env })) !== 0)
    throw new SetupError("Nothing was started: the extension could not be built.");
  const { name, version } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
  const vsix = path.join(root, `${name}-${version}.vsix`);
  const workspace = options.workspace ?? (await sampleWorkspace());

  if (options.port === undefined && (await openOnDesktop(vsix, workspace))) return;
  if (!(await isWorkbenchReady())) failIfMissing(await provideSystemPackages(["workbench"]));
  const server = { workbench: await provideWorkbench(node), nodeBinary, env };
  const profile = await profileIn(cached(path.join("start", "profile")));
  await installExtension(server, profile, vsix);
  const port = await choosePort(options.port);
  // The user is asked whether to trust a folder of their own; the sample is ours.
  const { url, ended } = await serveWorkbench(server, profile, {
    port,
    workspace,
    asksForTrust: options.workspace !== undefined,
  });
  if (options.opens) await openBrowser(url);
  console.log(`\nTurnwright runs in your browser; its panel is on the right. Ctrl-C ends it.\n${url}`);
  await ended;
});

function readOptions() {
  const { port, workspace, "no-open": noOpen } = parse();
  const number = port === undefined ? undefined : Number(port);
  if (number !== undefined && !(Number.isInteger(number) && number > 0 && number < 65_536))
    throw new SetupError(`--port ${port} is not a port number.`);
  const folder = workspace === undefined ? undefined : path.resolve(process.env.INIT_CWD ?? process.cwd(), workspace);
  if (folder !== undefined && !existsSync(folder)) throw new SetupError(`There is no folder ${folder}.`);
  return { port: number, opens: noOpen !== true, workspace: folder };
}

function parse() {
  try {
    return parseArgs({
      options: { port: { type: "string" }, "no-open": { type: "boolean" }, workspace: { type: "string" } },
    }).values;
  } catch (error) {
    throw new SetupError(
      `${/** @type {Error} */ (error).message}\nUsage: npm start -- [--port N] [--no-open] [--workspace DIR]`,
    );
  }
}

/** A copy of the sample project to play with. It stays between starts; a changed original gets a new copy. */
async function sampleWorkspace() {
  const hash = await fingerprintOf(root, ["media/sample-workspace"]);
  const copy = cached(path.join("start", hash.slice(0, 8), "trail-log"));
  await withLock("sample", async () => {
    if (existsSync(copy)) return;
    await rm(`${copy}.new`, { recursive: true, force: true });
    await cp(path.join(root, "media", "sample-workspace"), `${copy}.new`, { recursive: true });
    await rename(`${copy}.new`, copy);
  });
  console.log(`The sample project is in ${copy} (remove that folder to start afresh).`);
  return copy;
}

/** Whether desktop VS Code took it. It refuses as root, and a `code` may be something else. */
async function openOnDesktop(vsix, workspace) {
  const code = onPath(process.platform === "win32" ? "code.cmd" : "code");
  if (code === undefined) return false;
  const shell = process.platform === "win32";
  const installed = await run(code, ["--install-extension", vsix, "--force"], { shell });
  if (installed === 0 && (await run(code, ["--new-window", workspace], { shell })) === 0) {
    console.log(
      "\nVS Code opens with Turnwright. The panel is in the secondary side bar: run “Turnwright: Open” if it is hidden.",
    );
    return true;
  }
  console.log("Desktop VS Code did not take the extension; using the browser workbench.");
  return false;
}

/** Opens the address where there is a desktop; a machine without one has the printed line. */
async function openBrowser(url) {
  if (process.platform === "darwin") await run("open", [url]);
  else if (process.platform === "linux" && (process.env.DISPLAY || process.env.WAYLAND_DISPLAY) && onPath("xdg-open"))
    await run("xdg-open", [url], { log: cached("open.log") });
}
