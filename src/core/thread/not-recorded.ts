import { RolloutWriteError } from "./rollout/writer.ts";
import { ThreadRequestError } from "./threads.ts";

/** What a request is rejected with when something could not be recorded; any other error is its own. */
export const notRecorded = (error: unknown): unknown =>
  error instanceof RolloutWriteError ? new ThreadRequestError("notRecorded", error.message) : error;
