import { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import type { SentBody } from "./compress.ts";
import type { EventReader, StreamEnd } from "./event-stream.ts";
import { codeOf, failureOfConnection, failureOfStatus, failureOfStream, notAResponsesServer } from "./failures.ts";
import type { ModelProvider } from "./provider.ts";
import type { ResponseHeaders } from "./server-error.ts";
import type { ModelEvent, ModelFailure, ResponseOutcome } from "./types.ts";

const maxErrorBodyBytes = 64 * 1024;
/** What may still come after `response.completed` before the connection is given up instead of kept. */
const maxTrailingBytes = 64 * 1024;
const maxTrailingMs = 1_000;

/** One try of a request, over when `outcome` is known. */
export interface Attempt {
  readonly outcome: ResponseOutcome;
  /** Worth another try that nobody hears of. */
  readonly isInvisible: boolean;
  /** Settles when the body has ended, which may be a little later, and the connection is free or gone. */
  readonly ended: Promise<undefined>;
}
/** Where a request goes, and as whom. */
export interface Target {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Values that must not show up in a message. */
  readonly secrets: readonly string[];
  /** The key in the headers; null: none of ours. */
  readonly key: string | null;
}

/** Makes events of the body of an answer. */
export type ReadEvents = (onEvent: (event: ModelEvent) => void, onEnd: (end: StreamEnd) => void) => EventReader;

/** Sends the request once and reads the answer to its end. Never rejects. */
export function exchange(
  dispatcher: Dispatcher,
  provider: ModelProvider,
  target: Target,
  request: SentBody & { readonly read: ReadEvents },
  onEvent: (event: ModelEvent) => void,
  onHeaders: (headers: ResponseHeaders) => void,
  signal: AbortSignal,
): Promise<Attempt> {
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | null = null;
    let isSettled = false;
    let reader: EventReader | null = null;
    let errorAnswer: {
      readonly status: number;
      readonly text: string;
      readonly headers: ResponseHeaders;
      body: Buffer;
    } | null = null;
    const { promise: ended, resolve: end } = Promise.withResolvers<undefined>();
    let trailingBytes = 0;
    let trailingTimer: NodeJS.Timeout | undefined;

    const settle = (outcome: ResponseOutcome, isInvisible = false): void => {
      if (isSettled) return;
      isSettled = true;
      signal.removeEventListener("abort", onAbort);
      resolve({ outcome, isInvisible, ended });
    };
    const fail = (failure: ModelFailure, isInvisible = false): void => settle({ kind: "failed", failure }, isInvisible);
    const drop = (): void => controller?.abort(new Error("the response is no longer needed"));
    const onAbort = (): void => {
      settle({ kind: "aborted" });
      drop();
    };
    signal.addEventListener("abort", onAbort, { once: true });

    const failWithStatus = (answer: NonNullable<typeof errorAnswer>): void => {
      const url = target.url.origin + target.url.pathname;
      const { failure, isInvisible } = failureOfStatus(
        provider,
        { status: answer.status, headers: answer.headers, body: answer.body.toString("utf8"), url },
        answer.text,
      );
      fail(failure, isInvisible);
    };

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (started) => {
        controller = started;
        if (isSettled) drop();
      },
      onResponseStart: (_controller, status, headers, statusText) => {
        if (isSettled) return;
        onHeaders(headers);
        if (status < 200 || status > 299) {
          errorAnswer = { status, text: statusText ?? "", headers, body: Buffer.alloc(0) };
          return;
        }
        const type = headers["content-type"];
        if (typeof type === "string" && /^\s*(text\/html|application\/json)/i.test(type)) {
          fail(notAResponsesServer(provider, type));
          return drop();
        }
        reader = request.read(onEvent, (end) => {
          settle(end);
          if (end.kind === "failed") return drop();
          // The end of the body is on its way; with it, the connection can be used again.
          trailingTimer = setTimeout(drop, maxTrailingMs).unref();
        });
      },
      onResponseData: (_controller, chunk) => {
        if (isSettled) {
          trailingBytes += chunk.length;
          if (trailingBytes > maxTrailingBytes) drop();
        } else if (reader !== null) {
          reader.feed(chunk);
        } else if (errorAnswer !== null) {
          errorAnswer.body = Buffer.concat([errorAnswer.body, chunk]);
          if (errorAnswer.body.length < maxErrorBodyBytes) return;
          failWithStatus(errorAnswer);
          drop();
        }
      },
      onResponseEnd: () => {
        clearTimeout(trailingTimer);
        end(undefined);
        if (errorAnswer !== null) failWithStatus(errorAnswer);
        else reader?.end();
      },
      onResponseError: (_controller, error) => {
        clearTimeout(trailingTimer);
        end(undefined);
        if (isSettled) return;
        if (reader !== null) return fail(failureOfStream(error));
        if (errorAnswer !== null) return failWithStatus(errorAnswer);
        // A kept connection that the server closed just now: the request never got through, so it is simply sent again.
        const code = codeOf(error);
        fail(failureOfConnection(provider, error, target.url), code === "UND_ERR_SOCKET" || code === "ECONNRESET");
      },
    };

    const length = request.body.reduce((sum, part) => sum + part.byteLength, 0);
    dispatcher.dispatch(
      {
        origin: target.url.origin,
        path: target.url.pathname + target.url.search,
        method: "POST",
        headers: { ...target.headers, ...request.headers, "content-length": String(length) },
        body: Readable.from(request.body, { objectMode: false }),
        headersTimeout: provider.streamIdleTimeoutMs,
        bodyTimeout: provider.streamIdleTimeoutMs,
      },
      handler,
    );
  });
}
