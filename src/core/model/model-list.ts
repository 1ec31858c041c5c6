import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import type { Dispatcher } from "undici";
import * as z from "zod";
import type { ModelProvider } from "./provider.ts";

/** Longest list that is read, in bytes; a longer answer is no list. That of OpenRouter, with its descriptions, has about 1 MB. */
const maxListBytes = 8 * 1024 * 1024;
/** Names beyond these are left out: of a server that the user named, and of one that was found. */
const maxModels = 1000;
const maxModelsOfStranger = 200;
const maxNameLength = 200;

/** `GET /models` of the OpenAI API. Ollama sends null for an empty list, OpenRouter leaves `object` out. */
const ModelList = z.object({
  object: z.literal("list").optional(),
  data: z.array(z.object({ id: z.string() })).nullable(),
});

export interface AskOptions {
  /** For the connection, the answer and its body together. */
  readonly timeoutMs: number;
  /** Sent with the request; default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes the connection, through a proxy where one is set; without it, a connection of its own is made, past any proxy. */
  readonly dispatcher?: Dispatcher;
}

/**
 * The names of the models that a server offers, in its order, by `GET {base_url}/models`. Models that only make embeddings are left out, as far as
 * their names tell. Null when there is no server, it does not answer in time, or what it answers is no list of models.
 */
export async function readModelNames(
  provider: ModelProvider,
  options: AskOptions & {
    /** What answers may be any program: only what calls itself a list is one. */
    readonly isStranger?: boolean;
  },
): Promise<readonly string[] | null> {
  const answer = await ask(provider, { ...options, method: "GET", path: "/models" });
  if (answer?.status !== 200) return null;
  const list = ModelList.safeParse(parseJson(answer.body)).data;
  const isStranger = options.isStranger ?? false;
  if (list === undefined || (isStranger && list.object === undefined)) return null;
  const names = (list.data ?? []).map(({ id }) => id).filter((id) => isShowable(id) && !/embed/i.test(id));
  return [...new Set(names)].slice(0, isStranger ? maxModelsOfStranger : maxModels);
}

/** What comes of asking a server for an answer. */
export type EndpointAccess = "usable" | "noEndpoint" | "needsKey";

/**
 * Whether a server speaks the format of its provider (`wire_api`): asks for an answer without saying to what, so that it does no work. An endpoint that exists
 * finds fault with the request; a success is none, since LM Studio answers what it does not know with 200.
 */
export async function probeEndpoint(provider: ModelProvider, options: AskOptions): Promise<EndpointAccess> {
  const answer = await ask(provider, { ...options, method: "POST", path: paths[provider.wireApi] });
  if (answer === null || answer.status < 400) return "noEndpoint";
  if (answer.status === 401 || answer.status === 403) return "needsKey";
  return [404, 405, 410, 501].includes(answer.status) ? "noEndpoint" : "usable";
}

const paths = { responses: "/responses", chat: "/chat/completions" } as const;

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function ask(
  provider: ModelProvider,
  options: AskOptions & { readonly method: "GET" | "POST"; readonly path: string },
): Promise<Answer | null> {
  try {
    const url = new URL(await provider.baseUrl());
    url.pathname = `${url.pathname.replace(/\/+$/, "")}${options.path}`;
    for (const [name, value] of Object.entries(provider.queryParams)) url.searchParams.set(name, value);
    const { status, body } = await send(url, options);
    const text = await readText(body);
    return text === null ? null : { status, body: text };
  } catch (error) {
    if (isOfConnection(error)) return null;
    throw error;
  }
}

async function send(
  url: URL,
  options: AskOptions & { readonly method: "GET" | "POST" },
): Promise<{ readonly status: number; readonly body: AsyncIterable<unknown> }> {
  const { method, timeoutMs, dispatcher } = options;
  const ofBody = method === "GET" ? {} : { "content-type": "application/json", "content-length": "0" };
  const headers = { accept: "application/json", ...ofBody, ...options.headers };
  const signal = AbortSignal.timeout(timeoutMs);
  if (dispatcher !== undefined) {
    const { origin, pathname, search } = url;
    const { statusCode, body } = await dispatcher.request({ origin, path: pathname + search, method, headers, signal });
    return { status: statusCode, body };
  }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const { request } = url.protocol === "https:" ? https : http;
    request(url, { method, headers, agent: false, signal }, resolve).on("error", reject).end();
  });
  return { status: response.statusCode ?? 0, body: response };
}

/** Nobody listens, it is no HTTP, or it took too long: either way there is no model server. */
const isOfConnection = (error: unknown): boolean => error instanceof Error && "code" in error;

/** Null when it is longer than {@link maxListBytes}. */
async function readText(body: AsyncIterable<unknown>): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    if (!Buffer.isBuffer(part)) continue;
    bytes += part.length;
    if (bytes > maxListBytes) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A name is shown to the user and written into settings; characters that hide or reorder text have no place in it. */
const isShowable = (name: string): boolean => name.length <= maxNameLength && /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(name);

export const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
