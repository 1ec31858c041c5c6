// Programs that npm does not have: the browser, the sandbox, a compiler for the workbench's native addons.
import { accessSync, constants, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { cached, withLock } from "./cache.mjs";
import { SetupError, childEnvironment, runStep } from "./processes.mjs";

/**
 * @typedef {object} SystemPackage
 * @property {string} name Debian's name of it
 * @property {string} why
 * @property {keyof typeof needed} group
 * @property {() => boolean} isPresent
 */

/** @param {string} name */
export function onPath(name) {
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/** @param {string} file */
const exists = (file) => statSync(file, { throwIfNoEntry: false }) !== undefined;

/** @param {string} name @param {string} why @param {string[]} [programs] */
const program = (name, why, programs = [name]) => ({
  name,
  why,
  isPresent: () => programs.some((each) => onPath(each) !== undefined),
});

const needed = {
  /** What the agent itself uses on Linux. */
  agent: [
    program("git", "the demo and the tests of changes use it"),
    program("bubblewrap", "the sandbox of commands", ["bwrap"]),
    program("ripgrep", "the agent searches with it", ["rg"]),
  ],
  /** What the browser workbench compiles with. */
  workbench: [
    program("make", "compiles the workbench's native addons"),
    program("g++", "compiles the workbench's native addons"),
    program("python3", "compiles the workbench's native addons"),
    program("pkg-config", "compiles the workbench's native addons"),
    {
      name: "libkrb5-dev",
      why: "the workbench's kerberos addon",
      isPresent: () => exists("/usr/include/krb5.h") || exists("/usr/include/krb5/krb5.h"),
    },
  ],
  /** What the editor tests drive. */
  browser: [{ name: "chromium", why: "the editor tests", isPresent: () => findBrowser() !== undefined }],
};

/** The Chromium-like browser of this machine, as an absolute path; TURNWRIGHT_CHROMIUM comes first. */
export function findBrowser() {
  const named = process.env.TURNWRIGHT_CHROMIUM;
  if (named !== undefined && named !== "") return named;
  const places = {
    darwin: [
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
      "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ],
    win32: [
      "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
      "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
    ],
  }[/** @type {string} */ (process.platform)];
  return (
    places?.find(exists) ??
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].map(onPath).find(Boolean)
  );
}

/**
 * Installs what is missing of these groups by apt-get. Where that is not possible (not root, no apt-get, no network), the result
 * names the packages that are still missing; the caller decides whether it can do without.
 * @param {(keyof typeof needed)[]} groups
 * @returns {Promise<SystemPackage[]>}
 */
export async function provideSystemPackages(groups) {
  const all = groups.flatMap((group) => needed[group].map((each) => ({ ...each, group })));
  const missing = () => all.filter((each) => !each.isPresent());
  // The other groups are Debian's; elsewhere the agent and its tests go by what the system has.
  if (process.platform !== "linux") return missing().filter((each) => each.group === "browser");
  if (missing().length > 0 && process.getuid?.() === 0 && onPath("apt-get")) {
    const installed = withLock("system-packages", async () => {
      const names = missing().map((each) => each.name);
      if (names.length === 0) return;
      const log = cached("system-packages.log");
      await rm(log, { force: true });
      const env = childEnvironment(undefined, { DEBIAN_FRONTEND: "noninteractive" });
      const wait = ["-o", "DPkg::Lock::Timeout=600", "-o", "Acquire::Retries=3"];
      await runStep("Reading Debian's package lists", "apt-get", [...wait, "update", "-q"], { env, log });
      await runStep(
        `Installing ${names.join(", ")}`,
        "apt-get",
        [...wait, "install", "-y", "-q", "--no-install-recommends", ...names],
        { env, log },
      );
    });
    await installed.catch((error) => {
      if (!(error instanceof SetupError)) throw error;
      console.log(`  ${error.message}`);
    });
  }
  return missing();
}

/** What to tell a user whose machine we may not change. @param {SystemPackage[]} missing */
export function howToInstall(missing) {
  const lines = missing.map((each) => `  ${each.name.padEnd(14)} ${each.why}`);
  const names = missing.map((each) => each.name).join(" ");
  const sudo = process.getuid?.() === 0 ? "" : "sudo ";
  const how = onPath("apt-get")
    ? `Install them with:\n  ${sudo}apt-get update && ${sudo}apt-get install -y ${names}`
    : `Install them with your system's package manager (names are Debian's: ${names}).`;
  return `These programs are missing, and could not be installed from here:\n${lines.join("\n")}\n${how}`;
}

/** @param {SystemPackage[]} missing */
export function failIfMissing(missing) {
  if (missing.length > 0) throw new SetupError(howToInstall(missing));
}
