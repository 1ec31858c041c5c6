import * as z from "zod";
import type { MethodTable } from "./methods.ts";

/** A command of the thread that goes on by itself: no call of the model waits for it. */
export const BackgroundTerminal = z.lazy(() =>
  z.looseObject({
    itemId: z.string(),
    /** Names it in `thread/backgroundTerminals/terminate`. */
    processId: z.string(),
    /** As it was asked for, without the shell that runs it. */
    command: z.string(),
    cwd: z.string(),
    osPid: z.number().nullish(),
    cpuPercent: z.number().nullish(),
    rssKb: z.number().nullish(),
  }),
);
export type BackgroundTerminal = z.infer<typeof BackgroundTerminal>;

const ofThread = { threadId: z.string() };

export const terminalMethods = {
  /**
   * Commands of the thread that go on by themselves, a page at a time.
   * @error `thread not found: <id>`: the thread is not loaded; resume it.
   */
  "thread/backgroundTerminals/list": {
    params: z.object({ ...ofThread, cursor: z.string().nullish(), limit: z.int().min(0).nullish() }),
    result: z.lazy(() => z.looseObject({ data: z.array(BackgroundTerminal), nextCursor: z.string().nullish() })),
    experimental: true,
  },
  /**
   * Ends one of them. The answer comes when the process is gone; false: there was none.
   * @notifies item/completed
   * @error `thread not found: <id>`: the thread is not loaded; resume it.
   */
  "thread/backgroundTerminals/terminate": {
    params: z.object({ ...ofThread, processId: z.string() }),
    result: z.lazy(() => z.looseObject({ terminated: z.boolean() })),
    experimental: true,
  },
  /**
   * Ends all of them.
   * @notifies item/completed
   * @error `thread not found: <id>`: the thread is not loaded; resume it.
   */
  "thread/backgroundTerminals/clean": {
    params: z.object(ofThread),
    result: z.lazy(() => z.looseObject({})),
    experimental: true,
  },
} as const satisfies MethodTable;
