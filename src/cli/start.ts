import fs from "node:fs";
import module from "node:module";
import os from "node:os";
import path from "node:path";

/**
 * What `turnwright` runs: turns on V8's code cache, then loads the program, which halves the time until it can answer. The cache is in a folder of
 * the user's own, since whoever can write there decides what is run. Without a cache, on a disk that cannot be written or a runtime that has none,
 * everything works a little later.
 */
function enableCodeCache(): void {
  const caches = process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache");
  const folder = path.join(caches, "turnwright", "code");
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    return;
  }
  module.enableCompileCache(folder);
}

enableCodeCache();
module.createRequire(import.meta.url)("./main.js");
