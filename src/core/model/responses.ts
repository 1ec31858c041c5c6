import { randomUUID } from "node:crypto";
import { setImmediate as nextCycle, setTimeout as pause } from "node:timers/promises";
import { redact } from "../auth/redact.ts";
import type { SentBody } from "./compress.ts";
import type { Connections } from "./connections.ts";
import { createEventReader } from "./events.ts";
import { exchange, type ReadEvents, type Target } from "./exchange.ts";
import { codeOf, missingKey, missingToken } from "./failures.ts";
import type { ModelProvider } from "./provider.ts";
import { ProxyError, proxySettings } from "./proxy.ts";
import { backoffMs } from "./retry.ts";
import type { ResponseHeaders } from "./server-error.ts";
import type { CompactOutcome, ModelClient, ModelEvent, ModelFailure, ModelRequest, ResponseOutcome } from "./types.ts";

/** Longest wait for a connection that is about to be free, before another one is opened: less than a handshake takes. */
const maxHandoverMs = 25;

/** The format of requests and answers. */
interface Wire {
  /** After the base URL. */
  readonly path: string;
  write(request: ModelRequest): Promise<{ readonly body: readonly Uint8Array[]; readonly read: ReadEvents }>;
}

const responsesWire: Wire = {
  path: "/responses",
  write: async ({ body }) => ({ body, read: createEventReader }),
};

/** For servers that have Chat Completions only; loaded when one is used. */
function chatWire(): Wire {
  const loaded = Promise.all([import("./chat/request.ts"), import("./chat/stream.ts")]).then(
    ([{ createChatConverter }, { createChatReader }]) => ({ convert: createChatConverter(), createChatReader }),
  );
  loaded.catch(() => undefined); // said by the request that needs it
  return {
    path: "/chat/completions",
    async write({ threadId, body }) {
      const { convert, createChatReader } = await loaded;
      const converted = convert(threadId, body);
      const options = { freeform: converted.freeform, newId: (prefix: string) => `${prefix}_${randomUUID()}` };
      return { body: converted.body, read: (onEvent, onEnd) => createChatReader(onEvent, onEnd, options) };
    },
  };
}

/**
 * A client of a model server with streaming: `POST {base_url}/responses`, or `/chat/completions` where the provider has only that.
 * @param options.key the key of the provider's `keyName` or `auth` command, or its token, another one than was `rejected`; null: there is none. A rejection's
 * message is shown to the user.
 * @param options.random jitter of the pauses, in [0, 1)
 * @param options.onHeaders called with the headers of every answer, errors too; must not throw
 */
export function createResponsesClient(options: {
  readonly provider: ModelProvider;
  readonly key: (rejected: string | null) => Promise<string | null>;
  /** Names the proxies. */
  readonly env: NodeJS.ProcessEnv;
  readonly random?: () => number;
  readonly onHeaders?: (headers: ResponseHeaders) => void;
}): ModelClient {
  const { provider } = options;
  const random = options.random ?? Math.random;
  const onHeaders = options.onHeaders ?? (() => undefined);
  let opened: Promise<Connections> | null = null;
  // undici takes tens of milliseconds to load, so it is loaded by the first use, not by the start of the process.
  const connections = (): Promise<Connections> =>
    (opened ??= import("./connections.ts").then(({ createConnections }) =>
      createConnections(proxySettings(options.env)),
    ));

  const handovers = new Set<Promise<unknown>>();
  /** The end of a body arrives shortly after its last event, and undici takes one more cycle until it uses the connection again. */
  const expectHandover = (ended: Promise<undefined>): void => {
    const free = ended.then(() => nextCycle());
    const handover = Promise.race([free, pause(maxHandoverMs, undefined, { ref: false })]).then(() => {
      handovers.delete(handover);
    });
    handovers.add(handover);
  };

  const wire = provider.wireApi === "chat" ? chatWire() : responsesWire;
  let compaction = provider.compaction;

  const prepare = async (
    request: ModelRequest,
    path: string,
    rejected: string | null,
  ): Promise<Target | ModelFailure> => {
    let key = provider.bearerToken;
    if (provider.oauth !== null) {
      try {
        key = await options.key(rejected);
      } catch (error) {
        return missingToken(error);
      }
    } else if (key === null && (provider.keyName !== null || provider.auth !== null)) {
      try {
        key = await options.key(rejected);
      } catch (error) {
        return missingKey(provider, error instanceof Error ? error.message : String(error));
      }
      if (key === null) return missingKey(provider, null);
      if (!/^[\x21-\x7e]+$/.test(key))
        return missingKey(provider, "What is stored has characters that no key has; enter it again.");
    }
    const url = endpoint(await provider.baseUrl(), provider, path);
    const secrets = [...(key === null ? [] : [key]), ...Object.values(provider.headers)];
    return { url, headers: headersOf(request, provider, key), secrets, key };
  };

  /** Sends as whoever is signed in. A token, or a key of a program, that is refused (some gateways say so with 403) is renewed once, and the request sent again. */
  const sendSigned = async <T extends CompactOutcome | ResponseOutcome>(
    request: ModelRequest,
    path: string,
    send: (target: Target) => Promise<T>,
  ): Promise<T | Failed> => {
    const target = await prepare(request, path, null);
    if ("retry" in target) return { kind: "failed", failure: target };
    const outcome = await send(target);
    const isRefused = outcome.kind === "failed" && outcome.failure.info === "unauthorized";
    if (!isRefused || (provider.oauth === null && provider.auth === null)) return outcome;
    const renewed = await prepare(request, path, target.key);
    return "retry" in renewed ? { kind: "failed", failure: renewed } : send(renewed);
  };

  const packed = async (body: readonly Uint8Array[]): Promise<SentBody> => {
    if (provider.requestCompression === null) return { body, headers: {} };
    return (await import("./compress.ts")).compress(body, provider.requestCompression);
  };

  const run = async (
    request: ModelRequest,
    target: Target,
    onEvent: (event: ModelEvent) => void,
    signal: AbortSignal,
  ): Promise<ResponseOutcome> => {
    const [{ dispatcher }, { body, read }] = await Promise.all([connections(), wire.write(request)]);
    const sent = { ...(await packed(body)), read };
    if (handovers.size > 0) await Promise.race(handovers);
    for (let attempt = 1; ; attempt++) {
      if (signal.aborted) return { kind: "aborted" };
      const attempted = exchange(dispatcher, provider, target, sent, onEvent, onHeaders, signal);
      const { outcome, isInvisible, ended } = await attempted;
      if (outcome.kind === "completed") expectHandover(ended);
      if (!isInvisible || attempt > provider.requestMaxRetries) return withoutSecrets(outcome, target.secrets);
      await pause(backoffMs(attempt, random()), undefined, { signal }).catch(() => undefined); // aborted: seen above
    }
  };

  const compact = async (request: ModelRequest, target: Target, signal: AbortSignal): Promise<CompactOutcome> => {
    const [{ dispatcher }, { requestCompaction }] = await Promise.all([connections(), import("./compact-endpoint.ts")]);
    const outcome = await requestCompaction(dispatcher, provider, target, await packed(request.body), signal);
    if (outcome.kind === "unavailable") compaction = "summary";
    return withoutSecrets(outcome, target.secrets);
  };

  return {
    get compaction() {
      return compaction;
    },
    compact: (request, signal) =>
      sendSigned(request, "/responses/compact", (target) => compact(request, target, signal)).catch((error: unknown) =>
        signal.aborted ? { kind: "aborted" } : { kind: "failed", failure: unexpected(provider, error) },
      ),
    createResponse: (request, onEvent, signal) =>
      new Promise((resolve) => {
        const onAbort = (): void => resolve({ kind: "aborted" });
        if (signal.aborted) return onAbort();
        signal.addEventListener("abort", onAbort, { once: true });
        void sendSigned(request, wire.path, (target) => run(request, target, onEvent, signal))
          .catch((error: unknown): ResponseOutcome => ({ kind: "failed", failure: unexpected(provider, error) }))
          .then(resolve)
          .finally(() => signal.removeEventListener("abort", onAbort));
      }),
    warmUp: () => {
      const open = async (): Promise<void> => {
        const url = endpoint(await provider.baseUrl(), provider, wire.path);
        (await connections()).warmUp(url);
      };
      void open().catch(() => undefined); // whatever is wrong, the request itself will say it
    },
    close: async () => {
      // What could not be opened needs no closing.
      await opened?.then(
        (known) => known.close(),
        () => undefined,
      );
    },
  };
}

type Failed = Extract<ResponseOutcome, { readonly kind: "failed" }>;

function endpoint(baseUrl: string, provider: ModelProvider, path: string): URL {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}${path}`;
  for (const [name, value] of Object.entries(provider.queryParams)) url.searchParams.set(name, value);
  return url;
}

function headersOf(request: ModelRequest, provider: ModelProvider, key: string | null): Record<string, string> {
  const headers: Record<string, string> = {
    accept: "text/event-stream",
    "content-type": "application/json",
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    originator: printable(request.originator),
    "user-agent": printable(request.userAgent),
    "session-id": request.threadId,
    "thread-id": request.threadId,
    "x-client-request-id": request.threadId,
  };
  for (const [name, value] of Object.entries(provider.headers)) headers[name.toLowerCase()] = value;
  return headers;
}

/** A client names itself; a header takes printable ASCII only. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "_");
}

function unexpected(provider: ModelProvider, error: unknown): ModelFailure {
  if (error instanceof ProxyError) {
    return { message: error.message, info: "other", details: null, retry: "no", retryAfterMs: null };
  }
  // An exception may quote what it was given, such as a header with the key.
  const what = codeOf(error) ?? (error instanceof Error ? error.name : "unknown error");
  return {
    message: `The request to ${provider.name} could not be made (${what}). Check its key and its settings in config.toml.`,
    info: "other",
    details: null,
    retry: "no",
    retryAfterMs: null,
  };
}

function withoutSecrets<T extends { readonly kind: string }>(
  outcome: T | { readonly kind: "failed"; readonly failure: ModelFailure },
  secrets: readonly string[],
): T | { readonly kind: "failed"; readonly failure: ModelFailure } {
  if (!("failure" in outcome)) return outcome;
  const { failure } = outcome;
  return {
    kind: "failed",
    failure: {
      ...failure,
      message: redact(failure.message, secrets),
      details: failure.details === null ? null : redact(failure.details, secrets),
    },
  };
}
