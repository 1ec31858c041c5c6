// Builds dist/: the extension, the command line with the app server, the panel. `--watch` rebuilds on change. The tests build
// into folders of their own with `--dist DIR`; what is in it goes.
import { chmod, copyFile, cp, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import * as esbuild from "esbuild";
import { thirdPartyNotices } from "./scripts/notices.mjs";

const root = import.meta.dirname;
const { values: given } = parseArgs({ options: { watch: { type: "boolean" }, dist: { type: "string" } } });
const dist = path.resolve(root, given.dist ?? "dist");
const isWatch = given.watch === true;

/** @type {esbuild.BuildOptions} */
const shared = {
  absWorkingDir: root,
  bundle: true,
  sourcemap: "linked",
  minify: !isWatch,
  metafile: true,
  legalComments: "none", // their licences are in ThirdPartyNotices.txt
  logLevel: "info",
};

// The format is CJS: VS Code loads that in every version we support, and some packages need `require`. Packages that
// ask for `import.meta.url`, which CJS has not, get the same from the banner.
const importMetaUrl = `const __importMetaUrl = require("node:url").pathToFileURL(__filename).href;`;
// Of undici, only what src/core/model uses: the whole takes twice as long to load and 4 MiB more. Its index is what gives a dispatcher its
// `request`; the agent for proxies is loaded where there is one.
/** @type {esbuild.Plugin} */
const slimUndici = {
  name: "slim-undici",
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, () => ({ path: "undici", namespace: "slim" }));
    build.onLoad({ filter: /.*/, namespace: "slim" }, () => ({
      contents: `exports.Agent = require("undici/lib/dispatcher/agent.js");
        exports.buildConnector = require("undici/lib/core/connect.js");
        require("undici/lib/dispatcher/dispatcher.js").prototype.request = require("undici/lib/api/api-request.js");
        Object.defineProperty(exports, "EnvHttpProxyAgent", {
          enumerable: true,
          get: () => require("undici/lib/dispatcher/env-http-proxy-agent.js"),
        });`,
      resolveDir: root,
    }));
  },
};

/** @type {esbuild.BuildOptions} */
const node = {
  ...shared,
  plugins: [slimUndici],
  platform: "node",
  target: "node22",
  format: "cjs",
  define: { "import.meta.url": "__importMetaUrl" },
};

// extension.js registers and nothing more; everything else is a file of its own, app.js, which is read with the first view or command.
// One file would be parsed as a whole while the editor starts.
/** @type {esbuild.Plugin} */
const separateApp = {
  name: "separate-app",
  setup(build) {
    build.onResolve({ filter: /^\.\/app\.ts$/ }, () => ({ path: "./app.js", external: true }));
  },
};

/** @type {esbuild.BuildOptions[]} */
const bundles = [
  {
    ...node,
    plugins: [separateApp],
    entryPoints: ["src/extension/extension.ts", "src/extension/app.ts"],
    outdir: dist,
    external: ["vscode"],
    supported: { "dynamic-import": false }, // `require`, which the editor gives `vscode` to
    banner: { js: importMetaUrl },
  },
  // cli.js turns on the code cache and loads main.js, which is too late to do for a file that is being loaded.
  {
    ...node,
    entryPoints: ["src/cli/start.ts"],
    outfile: path.join(dist, "cli.js"),
    banner: { js: `#!/usr/bin/env node\n${importMetaUrl}` },
  },
  { ...node, entryPoints: ["src/cli/main.ts"], outfile: path.join(dist, "main.js"), banner: { js: importMetaUrl } },
  {
    ...shared,
    entryPoints: { main: "webview-ui/main.tsx" },
    outdir: path.join(dist, "webview"),
    platform: "browser",
    target: "es2022",
    format: "esm", // the grammars of the highlighter are chunks of their own, loaded with the first code block
    splitting: true,
    chunkNames: "[name]-[hash]",
    jsx: "automatic",
    jsxImportSource: "preact",
    define: { "process.env.NODE_ENV": '"production"' },
    loader: { ".ttf": "file", ".svg": "dataurl" },
    assetNames: "[name]",
  },
];

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
// The grammar of shells: read with the first command that is judged. Its packages are not bundled otherwise.
const wasm = ["web-tree-sitter/web-tree-sitter.wasm", "tree-sitter-bash/tree-sitter-bash.wasm"];
for (const file of wasm) await copyFile(path.join(root, "node_modules", file), path.join(dist, path.basename(file)));
// The package is of type "module" and these bundles are not.
await writeFile(path.join(dist, "package.json"), '{ "type": "commonjs" }\n');

// What is sent to models is read as it stands, from beside the code that sends it.
await cp(path.join(root, "src/core/prompt/instructions"), path.join(dist, "instructions"), { recursive: true });

if (isWatch) {
  for (const options of bundles) await (await esbuild.context(options)).watch();
} else {
  await build().catch((error) => {
    // esbuild has printed what is wrong in the sources; its stack says nothing.
    if (!Array.isArray(error?.errors)) console.error(error);
    process.exitCode = 1;
  });
}

async function build() {
  const started = performance.now();
  const metafiles = (
    await Promise.all(bundles.map((options) => esbuild.build({ ...options, logLevel: "warning" })))
  ).map((result) => result.metafile);
  await chmod(path.join(dist, "cli.js"), 0o755);
  await writeFile(
    path.join(dist, "ThirdPartyNotices.txt"),
    await thirdPartyNotices(root, metafiles, wasm.map(path.dirname)),
  );
  for (const [file, { bytes }] of metafiles.flatMap(({ outputs }) => Object.entries(outputs))) {
    if (!file.endsWith(".map")) console.log(`${file.padEnd(28)} ${(bytes / 1000).toFixed(0).padStart(6)} kB`);
  }
  console.log(`Built in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
}
