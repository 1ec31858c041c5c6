import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import * as z from "zod";
import type { ModelProvider } from "./provider.ts";

/** Longest list that is read, in bytes; a longer answer is no list. */
const maxListBytes = 1024 * 1024;
/** Names beyond these are left out. */
const maxModels = 200;
const maxNameLength = 200;

/** `GET /models` of the OpenAI API. Ollama sends null for an empty list. */
const ModelList = z.object({
  object: z.literal("list"),
  data: z.array(z.object({ id: z.string() })).nullable(),
});

export interface AskOptions {
  /** For the connection, the answer and its body together. */
  readonly timeoutMs: number;
  /** Sent with the request; default none. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The names of the models that a server offers, in its order, by `GET {base_url}/models`. Models that only make embeddings are left out, as far as
 * their names tell. Null when there is no server, it does not answer in time, or what it answers is no list of models.
 */
export async function readModelNames(provider: ModelProvider, options: AskOptions): Promise<readonly string[] | null> {
  const answer = await ask(provider, { ...options, method: "GET", path: "/models" });
  if (answer?.status !== 200) return null;
  const list = ModelList.safeParse(parseJson(answer.body)).data;
  if (list === undefined) return null;
  const names = (list.data ?? []).map(({ id }) => id).filter((id) => isShowable(id) && !/embed/i.test(id));
  return [...new Set(names)].slice(0, maxModels);
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
    const response = await send(url, options);
    const body = await readText(response);
    return body === null ? null : { status: response.statusCode ?? 0, body };
  } catch (error) {
    if (isOfConnection(error)) return null;
    throw error;
  }
}

/** One request on a connection of its own, past any proxy. */
function send(url: URL, options: AskOptions & { readonly method: string }): Promise<IncomingMessage> {
  const { method, timeoutMs } = options;
  const ofBody = method === "GET" ? {} : { "content-type": "application/json", "content-length": "0" };
  const headers = { accept: "application/json", ...ofBody, ...options.headers };
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === "https:" ? https : http;
    const signal = AbortSignal.timeout(timeoutMs);
    request(url, { method, headers, agent: false, signal }, resolve).on("error", reject).end();
  });
}

/** Nobody listens, it is no HTTP, or it took too long: either way there is no model server. */
const isOfConnection = (error: unknown): boolean => error instanceof Error && "code" in error;

/** Null when it is longer than {@link maxListBytes}. */
async function readText(body: IncomingMessage): Promise<string | null> {
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
