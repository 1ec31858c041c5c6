import { howToSignIn, OAuthError } from "../auth/oauth/client.ts";
import type { CodexErrorInfo } from "../../protocol/turns.ts";
import type { ModelProvider } from "./provider.ts";
import {
  askedWaitMs,
  clean,
  clip,
  errorOfBody,
  readError,
  waitInWordsMs,
  type ResponseHeaders,
  type ServerError,
} from "./server-error.ts";
import type { ModelFailure } from "./types.ts";

/** Waits that a server asks for are kept to up to this; a longer one is told to the user instead. */
const longestAskedWaitMs = 5 * 60_000;

function failure(
  message: string,
  info: CodexErrorInfo,
  details: string | null,
  retry: ModelFailure["retry"] = "no",
  retryAfterMs: number | null = null,
): ModelFailure {
  return { message, info, details, retry, retryAfterMs };
}

/** There is no key, or what would give it failed; `reason` replaces the advice. */
export function missingKey(provider: ModelProvider, reason: string | null): ModelFailure {
  const advice =
    reason ??
    provider.keyInstructions ??
    `Sign in with an API key (command "Turnwright: Sign In...", or "turnwright login") or set ${provider.keyName ?? "the key's environment variable"}.`;
  return failure(`No API key for ${provider.name}. ${advice}`, "unauthorized", null);
}

/** There is no token to send. What signs in says itself what is missing; an issuer that does not answer may be back soon. */
export function missingToken(error: unknown): ModelFailure {
  if (error instanceof OAuthError && error.reason === "unreachable") {
    return failure(error.message, { httpConnectionFailed: { httpStatusCode: null } }, null, "network");
  }
  return failure(error instanceof Error ? error.message : String(error), "unauthorized", null);
}

/** The stream ended before `response.completed`. What was finished by then stays. */
export function streamBroken(reason: string): ModelFailure {
  return failure(
    "The connection to the model broke off in the middle of its answer. What was finished is kept; send a message to go on.",
    "other",
    `stream disconnected before completion: ${reason}`,
    "stream",
  );
}

/** The server answers, but not as a Responses API does. */
export function notAResponsesServer(provider: ModelProvider, what: string): ModelFailure {
  return failure(
    `${provider.name} does not answer like a ${apiOf(provider)} API server (${what}). Check model_providers.${provider.id}.base_url; it ends before ${provider.wireApi === "chat" ? "/chat/completions" : "/responses"}.`,
    "other",
    null,
  );
}

const apiOf = ({ wireApi }: ModelProvider): string => (wireApi === "chat" ? "Chat Completions" : "Responses");

export interface HttpAnswer {
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** The beginning of the body. */
  readonly body: string;
  /** Without query. */
  readonly url: string;
}

/** An answer other than 2xx. `isInvisible`: to be tried again without a word, as long as tries are left. */
export function failureOfStatus(
  provider: ModelProvider,
  answer: HttpAnswer,
  statusText: string,
): { readonly failure: ModelFailure; readonly isInvisible: boolean } {
  const { status } = answer;
  const said = errorOfBody(answer.body);
  const retryAfterMs = askedWaitMs(answer.headers) ?? waitInWordsMs(said.message);
  const words = said.message === "" ? "" : ` ${said.message}`;
  const details = `unexpected status ${status} ${statusText}: ${said.message}, url: ${answer.url}`;
  const http = { httpConnectionFailed: { httpStatusCode: status } };
  const final = (message: string, info: CodexErrorInfo, detail: string | null = details) => ({
    failure: failure(message, info, detail),
    isInvisible: false,
  });

  // A server that is down may name any cause; it is worth the usual tries.
  const known = status < 500 ? failureOfCodes(said) : null;
  if (known !== null) return { failure: { ...known, details }, isInvisible: false };
  if (status === 429) {
    const limit = "exceeded retry limit, last status: 429 Too Many Requests";
    const info = { responseTooManyFailedAttempts: { httpStatusCode: 429 } };
    const message = `${provider.name} takes no more requests for now (429).${words}`;
    if (retryAfterMs === null) return final(`${message} Wait a little and send the message again.`, info, limit);
    if (retryAfterMs > longestAskedWaitMs) {
      return final(`${message} Try again in ${Math.ceil(retryAfterMs / 60_000)} minutes.`, info, limit);
    }
    return { failure: failure(message, info, limit, "stream", retryAfterMs), isInvisible: false };
  }
  if (status >= 500 || status === 408) {
    const message = `${provider.name} cannot answer at the moment (${status} ${statusText}).${words} Try again later.`;
    const isShortWait = retryAfterMs !== null && retryAfterMs <= longestAskedWaitMs;
    return {
      failure: failure(message, "internalServerError", details, "stream", isShortWait ? retryAfterMs : null),
      isInvisible: !isShortWait, // a wait that the server asks for is shown as a countdown
    };
  }
  switch (status) {
    case 400:
    case 422:
      return final(`${provider.name} refused the request (${status}).${words}`, "other", clip(answer.body));
    case 401:
    case 403:
      if (provider.oauth !== null) {
        const message = `${provider.name} did not accept the sign-in (${status}).${words} ${howToSignIn(provider.id)}`;
        return final(message, "unauthorized");
      }
      return final(
        `${provider.name} did not accept the API key (${status}).${words} ${
          provider.auth !== null
            ? `The auth command gives a key that does not work; see model_providers.${provider.id}.auth in config.toml.`
            : provider.keyName === null
              ? `Set model_providers.${provider.id}.env_key to the environment variable that holds the key.`
              : `Sign in again with a valid key (command "Turnwright: Sign In...", or "turnwright login") or set ${provider.keyName}.`
        }`,
        "unauthorized",
      );
    case 402:
      return final(`${provider.name} asks for a payment (402).${words}`, "usageLimitExceeded");
    case 404:
    case 405:
      return final(
        `${provider.name} has no such model or no ${apiOf(provider)} API at ${answer.url} (${status}).${words} Check model and model_providers.${provider.id}.base_url.${
          provider.wireApi === "responses"
            ? ` For a server that has only Chat Completions, set model_providers.${provider.id}.wire_api = "chat".`
            : ""
        }`,
        http,
      );
    case 413:
      return final(
        `The request is too large for ${provider.name} (413).${words} Start a new thread, or send less.`,
        http,
      );
    default:
      return status >= 300 && status < 400
        ? final(
            `${provider.name} redirects ${answer.url} (${status}). Set model_providers.${provider.id}.base_url to the final address.`,
            http,
          )
        : final(`${provider.name} refused the request (${status} ${statusText}).${words}`, http);
  }
}

/** The error of `response.failed` and of `error` events. Codes that we do not know are worth another try. */
export function failureOfEvent(error: unknown): ModelFailure {
  const said = readError(error);
  const known = failureOfCodes(said);
  if (known !== null) return known;
  const words = said.message === "" ? (said.codes[0] ?? "no reason given") : said.message;
  if (said.codes.includes("rate_limit_exceeded")) return rateLimited(words, waitInWordsMs(words));
  return { ...streamBroken(words), message: `The model server failed: ${words}` };
}

/** `response.incomplete`. */
export function incomplete(reason: unknown): ModelFailure {
  const words = `Incomplete response returned, reason: ${typeof reason === "string" ? clean(reason) : "unknown"}`;
  return failure(words, "other", null);
}

function rateLimited(words: string, retryAfterMs: number | null): ModelFailure {
  const details = `rate limit exceeded: ${words}`;
  const info = { responseTooManyFailedAttempts: { httpStatusCode: 429 } };
  return retryAfterMs !== null && retryAfterMs > longestAskedWaitMs
    ? failure(words, info, details)
    : failure(words, info, details, "stream", retryAfterMs);
}

/**
 * Errors that mean the same wherever they arrive, in a status or in the stream; none of them goes away by trying again.
 */
function failureOfCodes({ codes, message }: ServerError): ModelFailure | null {
  for (const code of codes) {
    const known = failureOfCode(code, message);
    if (known !== null) return known;
  }
  return null;
}

function failureOfCode(code: string, message: string): ModelFailure | null {
  const or = (ours: string): string => (message === "" ? ours : message);
  switch (code) {
    case "context_length_exceeded":
      return failure(
        "The conversation no longer fits in the model's context window. Start a new thread, or choose a model with a larger window.",
        "contextWindowExceeded",
        message === "" ? null : message,
      );
    case "insufficient_quota":
    case "usage_not_included":
    case "billing_hard_limit_reached":
      return failure(
        `${or("The quota of this account is used up.")} Check your plan and billing details.`,
        "usageLimitExceeded",
        null,
      );
    case "usage_limit_reached":
      return failure(or("You have reached the usage limit of this account."), "usageLimitExceeded", null);
    case "model_not_found":
      return failure(`${or("The model does not exist.")} Choose another model.`, "modelNotFound", null);
    case "server_is_overloaded":
    case "slow_down":
      return failure(
        `The model is at capacity. Choose another model, or try again later.`,
        "serverOverloaded",
        message === "" ? null : message,
      );
    case "invalid_prompt":
      return failure(or("The model server refused the prompt."), "other", null);
    default:
      return null;
  }
}

const networkCodes = new Set(
  `ECONNREFUSED ENOTFOUND EAI_AGAIN ENETUNREACH ENETDOWN EHOSTUNREACH EHOSTDOWN ETIMEDOUT EADDRNOTAVAIL
   UND_ERR_CONNECT_TIMEOUT`.split(/\s+/),
);

/** A connection was made and then lost. */
const resetCodes = new Set(["ECONNRESET", "ECONNABORTED", "EPIPE", "UND_ERR_SOCKET"]);

/** No answer arrived at all. */
export function failureOfConnection(provider: ModelProvider, error: unknown, url: URL): ModelFailure {
  const code = codeOf(error);
  const details = `Connection failed: ${code ?? (error instanceof Error ? clean(error.message) : "unknown error")}`;
  const info = { httpConnectionFailed: { httpStatusCode: null } };
  if (code === "UND_ERR_HEADERS_TIMEOUT") return { ...streamBroken("idle timeout waiting for SSE") };
  if (code !== null && /^(CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO|ERR_TLS|HOSTNAME_MISMATCH)/.test(code)) {
    return failure(
      `The certificate of ${url.host} is not accepted (${code}). If a company proxy signs it, set NODE_EXTRA_CA_CERTS to its certificate file.`,
      info,
      details,
    );
  }
  if (code !== null && resetCodes.has(code)) {
    const message = `${provider.name} closed the connection without an answer (${code}). Try again later.`;
    return failure(message, info, details, "stream");
  }
  if (code !== null && /^(ERR_SSL|EPROTO)/.test(code)) {
    return failure(
      `${url.host} does not speak TLS as we do (${code}). Is model_providers.${provider.id}.base_url meant to begin with http://?`,
      info,
      details,
    );
  }
  if (error instanceof Error && error.name === "HTTPParserError")
    return notAResponsesServer(provider, "the answer is not HTTP");
  if (code === null || !networkCodes.has(code)) {
    return failure(`The request to ${provider.name} could not be sent (${code ?? "unknown error"}).`, info, details);
  }
  const isLocal = /^(localhost|127\.|\[::1\])/.test(url.hostname);
  const message = isLocal
    ? `Nothing answers at ${url.origin}. Start the model server, or correct model_providers.${provider.id}.base_url.`
    : `No connection to ${url.host} (${code}). Check the network and model_providers.${provider.id}.base_url.`;
  return failure(message, info, details, "network");
}

/** The connection ended within the stream. */
export function failureOfStream(error: unknown): ModelFailure {
  const code = codeOf(error);
  return streamBroken(
    code === "UND_ERR_BODY_TIMEOUT"
      ? "idle timeout waiting for SSE"
      : `the connection was lost${code === null ? "" : ` (${code})`}`,
  );
}

export function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause === undefined ? null : codeOf(error.cause);
}
