// Builds and packs the VSIX: `turnwright-<version>.vsix` in the root. `--if-changed`: only when a source changed since.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { root, withLock } from "./setup/cache.mjs";
import { fingerprintOf } from "./setup/fingerprint.mjs";
import { SetupError, main, run } from "./setup/processes.mjs";

const maxVsixBytes = 5_000_000;
const sources = [
  "src",
  "webview-ui",
  "media",
  "scripts/notices.mjs",
  "scripts/package.mjs",
  "esbuild.mjs",
  "package.json",
  "package-lock.json",
  "README.md",
  "CHANGELOG.md",
  "LICENSE",
  ".vscodeignore",
];
const stamp = path.join(root, "node_modules", ".cache", "turnwright", "vsix-sources");

// One at a time in a checkout: `npm start` and `npm test` side by side would empty dist/ under each other.
const lock = `package-${createHash("sha256").update(root).digest("hex").slice(0, 8)}`;
await main(() => withLock(lock, buildAndPack));

async function buildAndPack() {
  const manifest = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
  const vsix = path.join(root, `${manifest.name}-${manifest.version}.vsix`);
  const fingerprint = await fingerprintOf(root, sources);
  if (process.argv.includes("--if-changed") && existsSync(vsix) && existsSync(path.join(root, "dist", "cli.js"))) {
    if ((await readFile(stamp, "utf8").catch(() => "")) === fingerprint) {
      console.log(`${path.basename(vsix)} is up to date.`);
      return;
    }
  }
  await rm(stamp, { force: true });
  if ((await run(process.execPath, [path.join(root, "esbuild.mjs")], { cwd: root })) !== 0)
    throw new SetupError("The build failed.");
  await pack(manifest, vsix);
  const { size } = await stat(vsix);
  console.log(`${path.basename(vsix)}  ${(size / 1_000_000).toFixed(2)} MB`);
  if (size > maxVsixBytes) throw new SetupError(`The VSIX is larger than ${maxVsixBytes / 1_000_000} MB.`);
  await mkdir(path.dirname(stamp), { recursive: true });
  await writeFile(stamp, fingerprint);
}

/**
 * Packs a folder that holds exactly what a user needs. Its package.json says nothing of building, and not `"type": "module"`:
 * the extension host would load the CJS bundle as an ES module for that.
 * @param {Record<string, unknown>} manifest
 * @param {string} vsix
 */
async function pack(manifest, vsix) {
  const stage = await mkdtemp(path.join(tmpdir(), "turnwright-vsix-"));
  try {
    const { type, files, scripts, devDependencies, bin, ...published } = manifest;
    await writeFile(path.join(stage, "package.json"), JSON.stringify(published, null, 2));
    for (const name of ["dist", "media", "README.md", "CHANGELOG.md", "LICENSE", ".vscodeignore"]) {
      await cp(path.join(root, name), path.join(stage, name), { recursive: true });
    }
    const { createVSIX } = await import("@vscode/vsce");
    await createVSIX({ cwd: stage, packagePath: vsix, dependencies: false });
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}
