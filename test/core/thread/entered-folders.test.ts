import { expect, test } from "vitest";
import type { ProjectDocs } from "../../../src/core/prompt/project-docs.ts";
import { createEnteredFolders } from "../../../src/core/thread/entered-folders.ts";
import type { RolloutEntry } from "../../../src/core/thread/rollout/lines.ts";

const docs: ProjectDocs = { text: null, sources: [], folders: ["/repo"], bytesLeft: 100, warning: null };
const runsIn = (cwd: string): RolloutEntry => ({
  type: "item_started",
  payload: {
    turnId: "t",
    item: {
      type: "commandExecution",
      id: "c",
      command: "true",
      cwd,
      source: "agent",
      status: "inProgress",
      commandActions: [],
    },
  },
});

test("what was read and not recorded is found again; what was told is not, and counts against the limit", async () => {
  const asked: { readonly folders: readonly string[]; readonly bytesLeft: number }[] = [];
  const entered = createEnteredFolders(
    () => docs,
    [],
    async (folders, { bytesLeft }) => {
      asked.push({ folders, bytesLeft });
      const found = folders.map((folder) => ({ folder, source: `${folder}/AGENTS.md`, text: folder }));
      return { docs: found, bytesLeft: bytesLeft - 10 * found.length, warning: null };
    },
  );
  entered.observe(runsIn("/repo/a/b"));
  entered.observe(runsIn("/elsewhere"));
  expect((await entered.read()).docs.map(({ folder }) => folder)).toEqual(["/repo/a", "/repo/a/b"]);
  // The turn was stopped before it was recorded.
  expect(entered.sources).toEqual([]);
  const again = await entered.read();
  entered.observe(runsIn("/repo/c"));
  again.told();
  expect(entered.sources).toEqual(["/repo/a/AGENTS.md", "/repo/a/b/AGENTS.md"]);
  expect((await entered.read()).docs.map(({ folder }) => folder)).toEqual(["/repo/c"]);
  expect(asked.map(({ bytesLeft }) => bytesLeft)).toEqual([100, 100, 80]);
});

test("what an earlier session told is not told again", async () => {
  const entered = createEnteredFolders(
    () => docs,
    ["/repo/a/AGENTS.md"],
    async () => ({ docs: [], bytesLeft: 0, warning: null }),
  );
  entered.observe(runsIn("/repo/a"));
  expect(entered.isPending).toBe(false);
});
