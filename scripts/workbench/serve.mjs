// Runs the browser workbench for `npm start`: its profile, its extension, its port, its end.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { cached } from "../setup/cache.mjs";
import { SetupError, childEnvironment, endWithUs, runStep } from "../setup/processes.mjs";
import { entryOf } from "../setup/workbench.mjs";

/** @typedef {{ workbench: string, nodeBinary: string, env: NodeJS.ProcessEnv }} Server */
/** @typedef {{ data: string, extensions: string, config: string }} Profile */

const usualPort = 8123;

/** Settings of a first start; what the user changes there later stays. */
const settings = {
  "telemetry.telemetryLevel": "off",
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "visible",
  "chat.disableAIFeatures": true,
  "remote.autoForwardPorts": false,
};

/**
 * A profile of its own, so that nothing of a user's other editors is touched.
 * @param {string} folder
 * @returns {Promise<Profile>}
 */
export async function profileIn(folder) {
  const profile = {
    data: path.join(folder, "data"),
    extensions: path.join(folder, "extensions"),
    config: path.join(folder, "config.yaml"),
  };
  const file = path.join(profile.data, "User", "settings.json");
  await mkdir(path.dirname(file), { recursive: true });
  await mkdir(profile.extensions, { recursive: true });
  await writeFile(profile.config, "auth: none\ncert: false\n");
  if (!existsSync(file)) await writeFile(file, JSON.stringify(settings, null, 2));
  return profile;
}

/** @param {Server} server @param {Profile} profile */
const commonArguments = ({ workbench }, { data, extensions, config }) => [
  entryOf(workbench),
  "--config",
  config,
  "--user-data-dir",
  data,
  "--extensions-dir",
  extensions,
];

/**
 * Installs the VSIX the way a user would, and beside it what shows its panel when the window opens; unless this very file is installed already.
 * @param {Server} server @param {Profile} profile @param {string} vsix
 */
export async function installExtension(server, profile, vsix) {
  const opener = path.join(import.meta.dirname, "opener", "opener.cjs");
  const hash = createHash("sha256")
    .update(await readFile(vsix))
    .update(await readFile(opener))
    .digest("hex");
  const stamp = path.join(profile.extensions, ".installed");
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === hash) return;
  const openerVsix = path.join(profile.extensions, "..", "opener.vsix");
  const options = { env: childEnvironment(undefined, server.env), log: cached("start.log") };
  const pack = path.join(import.meta.dirname, "pack-opener.mjs");
  await runStep("Preparing the window", server.nodeBinary, [pack, openerVsix], options);
  const files = [vsix, openerVsix].flatMap((file) => ["--install-extension", file]);
  const args = [...commonArguments(server, profile), ...files, "--force"];
  await runStep(`Installing ${path.basename(vsix)}`, server.nodeBinary, args, options);
  await writeFile(stamp, hash);
}

/**
 * The port asked for, which must be free; else the usual one, or any free one.
 * @param {number | undefined} wanted
 */
export async function choosePort(wanted) {
  if (wanted !== undefined) {
    if ((await freePort(wanted)) === undefined)
      throw new SetupError(`Port ${wanted} is taken. Choose another with --port, or leave --port out.`);
    return wanted;
  }
  const port = await freePort(usualPort);
  if (port !== undefined) return port;
  console.log(`Port ${usualPort} is taken, so another one is used.`);
  return /** @type {number} */ (await freePort(0));
}

/** @param {number} port @returns {Promise<number | undefined>} */
function freePort(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(undefined));
    probe.listen(port, "127.0.0.1", () => {
      const found = /** @type {import("node:net").AddressInfo} */ (probe.address()).port;
      probe.close(() => resolve(found));
    });
  });
}

/**
 * Starts the workbench, on loopback only and therefore without a password.
 * @param {Server} server @param {Profile} profile
 * @param {{ port: number, workspace: string, asksForTrust: boolean }} options
 * @returns {Promise<{ url: string, ended: Promise<void> }>}
 */
export async function serveWorkbench(server, profile, { port, workspace, asksForTrust }) {
  const args = [
    ...commonArguments(server, profile),
    ...["--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry", "--disable-update-check"],
    ...(asksForTrust ? [] : ["--disable-workspace-trust"]),
    workspace,
  ];
  // A process group of its own: extension hosts and terminals must end with it.
  // As started from a terminal (VSCODE_CLI): extensions get our PATH, with a Node that runs the sample project, and not
  // the login shell's.
  const env = { ...server.env, VSCODE_CLI: "1" };
  const child = spawn(server.nodeBinary, args, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  endWithUs(child);
  let output = "";
  const ended = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      reject(new SetupError(`The workbench ended by itself (exit code ${code}).\n${output.slice(-2_000)}`)),
    );
  });
  const ready = new Promise((resolve) => {
    const read = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk.toString()).slice(-20_000);
      if (output.includes("HTTP server listening")) resolve(undefined);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
  });
  await Promise.race([ready, ended]);
  return { url: `http://127.0.0.1:${port}/?folder=${encodeURIComponent(workspace).replaceAll("%2F", "/")}`, ended };
}
