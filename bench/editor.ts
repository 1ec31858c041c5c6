import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { root } from "./client.ts";
import type { Figure } from "./measure.ts";

const Printed = z.object({ figures: z.literal("editor"), activation: z.array(z.number()), paint: z.array(z.number()) });

/** Activation and first paint in a real window (see editor.figures.ts). Needs what the editor tests need. */
export async function editor(): Promise<readonly Figure[]> {
  const script = path.join(root, "scripts", "e2e.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [script, "--project", "figures"], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  const line = stdout.split("\n").find((text) => text.startsWith('{"figures"'));
  if (line === undefined) throw new Error(`the editor printed no figures:\n${stdout.slice(-2000)}`);
  const { activation, paint } = Printed.parse(JSON.parse(line));
  return [
    { name: "activation of the extension, as the editor tells", unit: "ms", samples: activation, aim: { atMost: 20 } },
    { name: "document of the panel to its first paint", unit: "ms", samples: paint, aim: null },
  ];
}
