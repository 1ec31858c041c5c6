import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import type { BenchClient } from "./client.ts";
import { type Figure, runs } from "./measure.ts";
import { initialize, inScene } from "./scene.ts";

const folders = 1000;
const filesPerFolder = 100;
const typed = "config";

const Updated = z.object({ query: z.string(), files: z.array(z.object({ path: z.string() })) });

/** A session over a repository of 100,000 files: to the first result of each letter, and what other requests wait meanwhile. */
export const fuzzy = (): Promise<readonly Figure[]> =>
  inScene(async ({ withServer }) => {
    const root = await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-bench-"));
    try {
      await fillRepository(root);
      return await withServer(async (client) => {
        await initialize(client);
        const listed = await openSession(client, root);
        const warm: number[] = [];
        const meanwhile: number[] = [];
        for (let run = 0; run <= runs; run++) {
          for (let length = 1; length <= typed.length; length++) {
            const { tookMs, otherMs } = await ask(client, typed.slice(0, length));
            if (run === 0) continue; // compiles
            warm.push(tookMs);
            meanwhile.push(otherMs);
          }
        }
        return [
          { name: "fuzzy search: listing 100,000 files", unit: "ms", samples: [listed], aim: { atMost: 2000 } },
          { name: "  to the first result of a letter", unit: "ms", samples: warm, aim: { atMost: 50 } },
          { name: "  another request meanwhile", unit: "ms", samples: meanwhile, aim: { atMost: 10 } },
        ];
      });
    } finally {
      await fs.rm(root, { recursive: true });
    }
  });

const words = "agent config core diff editor files git item model panel search server thread turn view".split(" ");
const word = (n: number): string => words[n % words.length] ?? "";

async function fillRepository(root: string): Promise<void> {
  for (let n = 0; n < folders; n++) {
    const folder = path.join(root, word(n), `${word(n * 7)}-${n}`);
    await fs.mkdir(folder, { recursive: true });
    const names = Array.from({ length: filesPerFolder }, (_, m) => `${word(m)}-${word(n + m * 3)}-${m}.ts`);
    await Promise.all(names.map((name) => fs.writeFile(path.join(folder, name), "")));
  }
  await promisify(execFile)("git", ["init", "-q"], { cwd: root });
  await promisify(execFile)("git", ["add", "."], { cwd: root });
}

/** Resolves with how long it took until everything was listed. */
async function openSession(client: BenchClient, root: string): Promise<number> {
  const completed = client.next("fuzzyFileSearch/sessionCompleted");
  const { sentAtMs } = client.request("fuzzyFileSearch/sessionStart", { sessionId: "s", roots: [root] });
  return (await completed).atMs - sentAtMs;
}

async function ask(client: BenchClient, query: string): Promise<{ readonly tookMs: number; readonly otherMs: number }> {
  const updated = client.next("fuzzyFileSearch/sessionUpdated");
  const completed = client.next("fuzzyFileSearch/sessionCompleted");
  const { sentAtMs, answer } = client.request("fuzzyFileSearch/sessionUpdate", { sessionId: "s", query });
  await answer;
  const other = client.request("thread/loaded/list", {});
  const otherAnswer = await other.answer;
  const { atMs, params } = await updated;
  const found = Updated.parse(params);
  if (found.query !== query || found.files.length === 0) throw new Error(`nothing was found for ${query}`);
  await completed;
  return { tookMs: atMs - sentAtMs, otherMs: otherAnswer.atMs - other.sentAtMs };
}
