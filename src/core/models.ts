import type { OAuthClient } from "./auth/oauth/client.ts";
import { modelInfo } from "./model/catalogue.ts";
import { type ModelProvider, resolveProvider } from "./model/provider.ts";
import { type RateLimits, rateLimitsOf } from "./model/rate-limits.ts";
import { createResponsesClient } from "./model/responses.ts";
import type { ModelClient } from "./model/types.ts";
import type { ThreadDefaults } from "./thread/settings.ts";
import type { ModelPort } from "./thread/live-thread.ts";
import { ThreadRequestError } from "./thread/threads.ts";

/** The scripted model server of the demo provider; started when it is first needed. */
export interface DemoServer {
  baseUrl(): Promise<string>;
  /** What the server demands of its clients. */
  readonly token: string;
}

/** The providers of this process. Threads whose configuration agrees share a client and its connections. */
export interface Models {
  under(settings: ThreadDefaults["modelSettings"]): ModelPort;
  /** What the provider last said of its limits, in this process; null: nothing. */
  rateLimits(provider: string): RateLimits | null;
  close(): Promise<void>;
}

export function createModels(options: {
  readonly env: NodeJS.ProcessEnv;
  readonly demo: DemoServer;
  readonly hasUser: boolean;
  key(name: string): Promise<string | null>;
  /** A token of a provider that signs in by OAuth, and a newer one than what its server `rejected`. */
  token(client: OAuthClient, rejected: string | null): Promise<string>;
}): Models {
  const clients = new Map<string, ModelClient>();
  const limits = new Map<string, RateLimits>();

  const find = (id: string, providers: ThreadDefaults["modelSettings"]["providers"]): ModelProvider => {
    const resolved = resolveProvider(id, { providers, env: options.env, demoBaseUrl: () => options.demo.baseUrl() });
    if (resolved.kind === "unusable") throw new ThreadRequestError("badInput", resolved.message);
    return id === "demo" ? { ...resolved.provider, bearerToken: options.demo.token } : resolved.provider;
  };

  return {
    under: ({ providers, contextWindow, compactionLimit }) => ({
      hasUser: options.hasUser,
      compactionLimit,
      client(id) {
        const provider = find(id, providers);
        const identity = JSON.stringify([provider, providers[id]]);
        const known = clients.get(identity);
        if (known !== undefined) return known;
        const { keyName, oauth } = provider;
        const key = async (rejected: string | null): Promise<string | null> => {
          if (oauth !== null) return options.token(oauth, rejected);
          return keyName === null ? null : options.key(keyName);
        };
        const client = createResponsesClient({
          provider,
          key,
          env: options.env,
          onHeaders(headers) {
            const said = rateLimitsOf(headers, Date.now());
            if (said !== null) limits.set(id, said);
          },
        });
        clients.set(identity, client);
        return client;
      },
      info: (model) => modelInfo(model, contextWindow),
      streamMaxRetries: (id) => find(id, providers).streamMaxRetries,
    }),
    rateLimits: (provider) => limits.get(provider) ?? null,
    async close() {
      await Promise.allSettled([...clients.values()].map((client) => client.close()));
    },
  };
}
