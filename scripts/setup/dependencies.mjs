// node_modules of the checkout.
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { cached, root, withLock } from "./cache.mjs";
import { childEnvironment, npmCommand, runStep } from "./processes.mjs";

/**
 * Whether node_modules holds what package-lock.json says. npm writes its own list of what it installed last of all, so a
 * cut-off or outdated install shows, one made by hand with the right versions counts, and a list that is being written does not.
 * @param {string} folder
 */
export async function isInstalled(folder) {
  const listed = path.join(folder, "node_modules", ".package-lock.json");
  if (!existsSync(listed)) return false;
  const { packages: wanted } = JSON.parse(await readFile(path.join(folder, "package-lock.json"), "utf8"));
  const present = await readFile(listed, "utf8")
    .then((text) => JSON.parse(text).packages)
    .catch(() => ({}));
  return Object.entries(wanted).every(([place, entry]) => {
    if (place === "") return true;
    const found = present[place];
    // Optional packages of other systems are in the lockfile and rightly absent.
    return found ? found.version === entry.version : entry.optional === true || entry.devOptional === true;
  });
}

/**
 * Installs the packages of package-lock.json exactly, without their install scripts.
 * @param {string | undefined} nodeBin
 */
export async function provideDependencies(nodeBin) {
  if (await isInstalled(root)) return;
  await withLock("dependencies", async () => {
    if (await isInstalled(root)) return;
    const npm = npmCommand();
    const log = cached("dependencies.log");
    await rm(log, { force: true });
    const args = [...npm.prefix, "ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund"];
    await runStep("Installing the project's packages (npm ci)", npm.command, args, {
      cwd: root,
      env: childEnvironment(nodeBin),
      log,
    });
  });
}
