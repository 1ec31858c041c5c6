import fs from "node:fs";
import module from "node:module";
import os from "node:os";
import path from "node:path";

/** The oldest Node that has everything the program uses. */
const leastNode = { major: 22, minor: 19 };

/** Said before the program is loaded: what an older Node would say of it helps nobody. */
function isNodeTooOld(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major < leastNode.major || (major === leastNode.major && minor < leastNode.minor);
}

/**
 * Turns on V8's code cache, which halves the time until the program can answer. The cache is in a folder of the user's own, since whoever
 * can write there decides what is run. Where there can be none (no home, a disk that cannot be written) everything works a little later.
 */
function enableCodeCache(): void {
  try {
    const named = process.env["XDG_CACHE_HOME"] ?? "";
    // The specification wants a relative path ignored; here it would lie in whatever folder the program is started in.
    const caches = path.isAbsolute(named) ? named : path.join(os.homedir(), ".cache");
    const folder = path.join(caches, "turnwright", "code");
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    module.enableCompileCache(folder);
  } catch {
    // Without a cache, then.
  }
}

if (isNodeTooOld()) {
  const { major, minor } = leastNode;
  process.stderr.write(`turnwright needs Node ${major}.${minor} or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 1;
} else {
  enableCodeCache();
  module.createRequire(import.meta.url)("./main.js");
}
