import * as z from "zod";
import { TokenUsageBreakdown } from "./settings.ts";

/** What clients get that started a thread with `experimentalRawEvents`. */
export const rawNotifications = {
  /** An item of the model's history, as it is sent. */
  "rawResponseItem/completed": z.lazy(() =>
    z.looseObject({ threadId: z.string(), turnId: z.string(), item: z.looseObject({ type: z.string() }) }),
  ),
  /** A response of the model has ended. */
  "rawResponse/completed": z.lazy(() =>
    z.looseObject({
      threadId: z.string(),
      turnId: z.string(),
      responseId: z.string(),
      usage: TokenUsageBreakdown.nullish(),
      usageMetadata: z.looseObject({}).nullish(),
    }),
  ),
} as const;
