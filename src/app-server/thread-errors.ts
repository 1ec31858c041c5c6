import { AuthFileError } from "../core/auth/auth.ts";
import { OAuthError } from "../core/auth/oauth/client.ts";
import { ThreadRequestError } from "../core/thread/threads.ts";
import { invalidRequest, type RpcError } from "../protocol/errors.ts";

/** What a client was doing; the words for an unknown thread differ, and clients match on them. */
type Operation = "use" | "read" | "resume" | "change";

const unknownThread: Readonly<Record<Operation, (threadId: string) => string>> = {
  use: (threadId) => `thread not found: ${threadId}`,
  read: (threadId) => `thread not loaded: ${threadId}`,
  resume: (threadId) => `no rollout found for thread id ${threadId}`,
  change: (threadId) => `no rollout found for thread id ${threadId}`,
};

const groupLengths = [8, 4, 4, 4, 12];

/** Why a text is no UUID, in the words that clients know; null when it is one. */
function malformed(id: string): string | null {
  const at = id.search(/[^0-9a-fA-F-]/u);
  if (at >= 0) {
    const found = String.fromCodePoint(id.codePointAt(at) ?? 0);
    return `invalid character: expected an optional prefix of \`urn:uuid:\` followed by [0-9a-fA-F-], found \`${found}\` at ${at + 1}`;
  }
  const groups = id.split("-");
  if (groups.length === 1) {
    return id.length === 32 ? null : `invalid length: expected length 32 for simple format, found ${id.length}`;
  }
  if (groups.length !== 5) return `invalid group count: expected 5, found ${groups.length}`;
  const wrong = groups.findIndex((group, index) => group.length !== groupLengths[index]);
  if (wrong < 0) return null;
  return `invalid group length in group ${wrong}: expected ${groupLengths[wrong] ?? 0}, found ${groups[wrong]?.length ?? 0}`;
}

const ours: ReadonlySet<ThreadRequestError["reason"]> = new Set([
  "inUse",
  "archived",
  "newerFormat",
  "notRecorded",
  "turnRunning",
] as const);

const translate = (error: ThreadRequestError, operation: Operation, threadId: string): RpcError => {
  const { reason, message } = error;
  const isUnknown = reason === "notFound" || reason === "notLoaded";
  if (isUnknown) return invalidRequest(unknownThread[operation](threadId));
  // What clients of the protocol do not know from elsewhere is told apart by `data`.
  return ours.has(reason) ? invalidRequest(message, { reason }) : invalidRequest(message);
};

/** Runs a request about a thread; what the caller did wrong becomes the error that clients of the protocol know. */
export async function onThread<T>(operation: Operation, threadId: string, run: () => Promise<T>): Promise<T> {
  const reason = malformed(threadId);
  if (reason !== null) throw invalidRequest(`invalid ${operation === "resume" ? "session" : "thread"} id: ${reason}`);
  try {
    return await run();
  } catch (error) {
    throw error instanceof ThreadRequestError ? translate(error, operation, threadId) : error;
  }
}

/** Runs a request that is about no thread in particular; what the user can mend, such as a broken configuration, is said as it is. */
export async function forUser<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const isForUser = [ThreadRequestError, OAuthError, AuthFileError].some((kind) => error instanceof kind);
    throw isForUser && error instanceof Error ? invalidRequest(error.message) : error;
  }
}
