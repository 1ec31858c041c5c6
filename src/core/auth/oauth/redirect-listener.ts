import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { OAuthError } from "./client.ts";
import { htmlOf, pageHeaders, type Page, strangePage, usedPage } from "./page.ts";

/** The browser has come back from the issuer. */
export interface Redirect {
  readonly parameters: URLSearchParams;
  /** Shows how it ended. Resolves when the page is on its way, or the browser is gone. */
  answer(page: Page): Promise<void>;
}

export interface RedirectListener {
  readonly redirectUri: string;
  /** The first request that carries the expected `state`. Never rejects; whoever waits has a time limit. */
  readonly redirect: Promise<Redirect>;
  /** Ends every connection. Safe to call twice. */
  close(): void;
}

const path = "/callback";
const maxConnections = 16;
const requestTimeoutMs = 10_000;

/**
 * Listens on 127.0.0.1 for one redirect (RFC 8252, 7.3). Requests without the state of this sign-in are turned away and change nothing: any page
 * can make a browser send them. A second one with it is told that it comes too late.
 * @param options.port 0: any free one. Rejects with {@link OAuthError} when it cannot be had.
 */
export async function listenForRedirect(options: {
  readonly port: number;
  readonly state: string;
}): Promise<RedirectListener> {
  const { promise: redirect, resolve } = Promise.withResolvers<Redirect>();
  let isUsed = false;
  let host = "";

  const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
    const parameters = parametersOf(request, host);
    if (parameters?.get("state") !== options.state) return void show(response, strangePage);
    if (isUsed) return void show(response, usedPage);
    isUsed = true;
    resolve({ parameters, answer: (page) => show(response, page) });
  });
  server.maxConnections = maxConnections;
  await new Promise<void>((listening, failed) => {
    server.once("error", (error) => failed(cannotListen(options.port, error)));
    server.listen(options.port, "127.0.0.1", listening);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw cannotListen(options.port, new Error("no port"));
  host = `127.0.0.1:${address.port}`;
  return {
    redirectUri: `http://${host}${path}`,
    redirect,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Null: not a redirect to us. The Host header tells a browser that came here by another name. */
function parametersOf({ method, url, headers }: IncomingMessage, host: string): URLSearchParams | null {
  if (method !== "GET" || headers.host !== host || url?.startsWith(`${path}?`) !== true) return null;
  return new URLSearchParams(url.slice(path.length));
}

function show(response: ServerResponse, page: Page): Promise<void> {
  return new Promise((resolve) => {
    response.once("close", resolve);
    response.writeHead(page.status, pageHeaders).end(htmlOf(page));
  });
}

function cannotListen(port: number, error: Error): OAuthError {
  const code = "code" in error && typeof error.code === "string" ? error.code : error.message;
  const what = port === 0 ? "No port of this machine can" : `Port ${port} of this machine cannot`;
  return new OAuthError("unusable", `${what} be used to end the sign-in (${code}). Use a device code instead.`);
}
