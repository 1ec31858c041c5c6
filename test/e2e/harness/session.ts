import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, inject } from "vitest";
import { openEditor, type Editor } from "./editor.ts";
import { startWorkbench, type Workbench, type WorkbenchOptions } from "./workbench.ts";

/** The window and the workbench of the tests of a file; there is none outside of a test. */
export interface Session {
  readonly editor: Editor;
  readonly workbench: Workbench;
}

/**
 * One workbench with one open window for all tests of a file. When a test fails, the whole window is photographed as
 * `failed-<test>.png` beside the other pictures, and what the server printed is kept as `failed-<test>.log`.
 */
export function useSession(options: WorkbenchOptions = {}): Session {
  let open: Session | undefined;
  beforeAll(async () => {
    const workbench = await startWorkbench(options);
    try {
      open = { workbench, editor: await openEditor(workbench) };
    } catch (error) {
      await workbench[Symbol.asyncDispose]();
      throw error;
    }
  });
  afterEach(async ({ task }) => {
    if (task.result?.state !== "fail" || !open) return;
    const file = path.join(inject("e2e").results, `failed-${task.name.replaceAll(/\W+/g, "-")}`);
    await open.editor.page.screenshot({ path: `${file}.png` });
    await writeFile(`${file}.log`, open.workbench.log());
  });
  afterAll(async () => {
    await open?.editor[Symbol.asyncDispose]();
    await open?.workbench[Symbol.asyncDispose]();
  });
  const current = (): Session => {
    if (!open) throw new Error("The window opens before the first test of the file and not earlier.");
    return open;
  };
  return {
    get editor() {
      return current().editor;
    },
    get workbench() {
      return current().workbench;
    },
  };
}
