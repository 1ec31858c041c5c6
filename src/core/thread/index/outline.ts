import * as z from "zod";
import { GitInfo, type Thread } from "../../../protocol/threads.ts";
import { describeThread } from "../describe.ts";
import type { SessionMeta } from "../rollout/lines.ts";
import type { ThreadSettings } from "../settings.ts";

/** What a list shows of a thread, as far as its rollout tells it. */
export interface ThreadOutline {
  readonly meta: SessionMeta;
  readonly settings: Pick<ThreadSettings, "cwd" | "model" | "modelProvider" | "effort">;
  /** The first words of the user, cut. */
  readonly preview: string;
  readonly name: string | null;
  readonly git: GitInfo | null;
}

/** What was found so far. */
export type ThreadFacts = { readonly [K in keyof ThreadOutline]: ThreadOutline[K] | null } & {
  /** Something was said or done in it. */
  readonly hasHistory: boolean;
};

const maxPreview = 4000;

/** Lists carry many threads: of a very long first message they show the beginning. */
export const cutPreview = (preview: string): string =>
  preview.length <= maxPreview ? preview : preview.slice(0, maxPreview).toWellFormed();

/** A thread that is not loaded, for a list. */
export const describeOutline = (outline: ThreadOutline, file: string, updatedAtMs: number): Thread =>
  describeThread({ ...outline, updatedAtMs, status: { type: "notLoaded" }, path: file, turns: [] });

export const OutlineMeta = z.lazy(() =>
  z.looseObject({
    id: z.string(),
    format: z.number(),
    createdAtMs: z.number(),
    cwd: z.string(),
    originator: z.string(),
    cliVersion: z.string(),
    modelProvider: z.string(),
  }),
);

export const OutlineSettings = z.lazy(() =>
  z.object({ cwd: z.string(), model: z.string(), modelProvider: z.string(), effort: z.string().nullable() }),
);

const Outline = z.lazy(() =>
  z.object({
    meta: OutlineMeta,
    settings: OutlineSettings,
    preview: z.string(),
    name: z.string().nullable(),
    git: GitInfo.nullable(),
  }),
);

/** Reads an outline back that was stored as JSON. Null: it is damaged. */
export function parseOutline(json: string): ThreadOutline | null {
  try {
    const value: unknown = JSON.parse(json);
    return Outline.safeParse(value).success ? (value as ThreadOutline) : null;
  } catch {
    return null;
  }
}
