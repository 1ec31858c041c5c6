/**
 * Runs the benches named as arguments, or all of them in turn, and closes with one table. Builds dist/ first when a source is newer.
 * Run: npm run bench [-- NAME...]
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { root } from "./client.ts";
import type { Figure } from "./measure.ts";
import { table } from "./measure.ts";

type Bench = () => Promise<readonly Figure[]>;

const benches: Readonly<Record<string, Bench>> = {
  startup: async () => (await import("./startup.ts")).startup(),
  turn: async () => (await import("./turn.ts")).turn(),
  deltas: async () => (await import("./deltas.ts")).deltas(),
  interrupt: async () => (await import("./interrupt.ts")).interrupt(),
  memory: async () => (await import("./memory.ts")).memory(),
  threads: async () => (await import("./threads.ts")).threads(),
  soak: async () => (await import("./soak.ts")).soak(),
  editor: async () => (await import("./editor.ts")).editor(),
  listing: async () => (await import("./listing.ts")).listing(),
  history: async () => (await import("./history.ts")).history(),
  rollouts: async () => (await import("./rollouts.ts")).rollouts(),
  fuzzy: async () => (await import("./fuzzy.ts")).fuzzy(),
  policy: async () => (await import("./policy.ts")).policy(),
  rpc: () => program("rpc.ts"),
  sse: () => program("sse.ts"),
};

/** What a bench that is a program of its own prints: one JSON object a line, whose numbers are medians already. */
const Printed = z.looseObject({ bench: z.string() });

async function program(name: string): Promise<readonly Figure[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(import.meta.dirname, name)]);
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  return lines.flatMap((line) => {
    const { bench, ...members } = Printed.parse(JSON.parse(line));
    return Object.entries(members).flatMap(([member, value]) =>
      typeof value === "number" ? [{ name: `${bench}: ${member}`, unit: "", samples: [value], aim: null }] : [],
    );
  });
}

/** dist/ as the sources are now. */
async function build(): Promise<void> {
  const built = await modifiedAt(path.join(root, "dist", "cli.js"));
  const folders = ["src", "webview-ui"].map((folder) => path.join(root, folder));
  const inFolders = await Promise.all(folders.map((at) => fs.readdir(at, { recursive: true, withFileTypes: true })));
  const files = inFolders.flat().flatMap((entry) => (entry.isFile() ? [path.join(entry.parentPath, entry.name)] : []));
  const own = ["esbuild.mjs", "package.json"].map((name) => path.join(root, name));
  const newest = Math.max(...(await Promise.all([...files, ...own].map(modifiedAt))));
  if (built >= newest) return;
  const child = spawn(process.execPath, ["esbuild.mjs"], { cwd: root, stdio: "inherit" });
  await once(child, "exit");
  if (child.exitCode !== 0) throw new Error("dist/ could not be built");
}

/** Unix ms; 0 where there is no file. */
const modifiedAt = (file: string): Promise<number> =>
  fs.stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

const load = (): string =>
  os
    .loadavg()
    .map((value) => value.toFixed(1))
    .join(", ");

async function run(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => !Object.hasOwn(benches, name));
  if (unknown !== undefined) {
    console.error(`There is no bench ${unknown}. There are: ${Object.keys(benches).join(", ")}`);
    return 2;
  }
  await build();
  console.log(`Node ${process.version}, ${os.availableParallelism()} processors, load ${load()}`);
  const figures: Figure[] = [];
  for (const [name, bench] of Object.entries(benches)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`${name} ...`);
    figures.push(...(await bench()));
  }
  console.log(`\n${table(figures)}\n\nload at the end: ${load()}`);
  return 0;
}

process.exitCode = await run(process.argv.slice(2));
