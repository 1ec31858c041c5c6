import path from "node:path";
import * as esbuild from "esbuild";

const root = path.resolve(import.meta.dirname, "../../..");

/** The panel as the product bundles it, in memory: file name to content. */
export async function bundlePanel(): Promise<ReadonlyMap<string, Uint8Array>> {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: { main: "webview-ui/main.tsx" },
    outdir: "/panel",
    write: false,
    bundle: true,
    minify: true,
    format: "esm",
    splitting: true,
    platform: "browser",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    define: { "process.env.NODE_ENV": '"production"' },
    loader: { ".ttf": "file" },
    assetNames: "[name]",
    logLevel: "silent",
  });
  return new Map(outputFiles.map((file) => [path.basename(file.path), file.contents]));
}
