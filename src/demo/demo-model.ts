import { randomBytes } from "node:crypto";
import { demoResponse } from "./demo-script.ts";
import type { Pace } from "./script.ts";
import { startResponsesServer } from "./server.ts";

export interface DemoModel {
  /** Base URL for a provider, such as `http://127.0.0.1:4711/v1`. */
  readonly url: string;
  /** Bearer token that every request must carry, so that other users of this machine cannot use the server. A secret. */
  readonly token: string;
  /** Cuts what is being streamed. May be called twice. */
  close(): Promise<void>;
}

export const demoModelName = "turnwright-demo";
const defaultTokensPerSecond = 75;

/** Starts the demo model: a scripted Responses API server on loopback. `tokensPerSecond`: Infinity streams as fast as possible. */
export async function startDemoModel({
  tokensPerSecond = defaultTokensPerSecond,
  token = randomBytes(32).toString("base64url"),
} = {}): Promise<DemoModel> {
  const pace: Pace = { deltaSize: "word", delayMs: 1000 / tokensPerSecond };
  const server = await startResponsesServer({
    token,
    pace,
    models: [demoModelName],
    respond: (request) => ({ kind: "stream", items: demoResponse(request) }),
  });
  return { url: server.url, token, close: () => server.close() };
}
