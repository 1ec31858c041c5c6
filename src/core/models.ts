import path from "node:path";
import type { OAuthClient } from "./auth/oauth/client.ts";
import { createTokenCommand, type TokenCommand } from "./auth/token-command.ts";
import { modelInfo } from "./model/catalogue.ts";
import { hostedTools } from "./model/hosted-tools.ts";
import { type ModelProvider, resolveProvider } from "./model/provider.ts";
import { type RateLimits, rateLimitsOf } from "./model/rate-limits.ts";
import { createResponsesClient } from "./model/responses.ts";
import { createServedModels, type ServedModels } from "./model/served-models.ts";
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
  /** What the provider itself says it has. */
  readonly served: ServedModels;
  close(): Promise<void>;
}

export function createModels(options: {
  /** The state directory, absolute. */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly demo: DemoServer;
  readonly hasUser: boolean;
  key(name: string): Promise<string | null>;
  /** A token of a provider that signs in by OAuth, and a newer one than what its server `rejected`. */
  token(client: OAuthClient, rejected: string | null): Promise<string>;
}): Models {
  const clients = new Map<string, ModelClient>();
  const limits = new Map<string, RateLimits>();
  const commands = new Map<string, TokenCommand>();

  /** Those who call for keys by the same command share its runs. */
  const commandOf = (auth: NonNullable<ModelProvider["auth"]>): TokenCommand => {
    const settings = {
      command: auth.command,
      args: auth.args ?? [],
      cwd: path.resolve(options.home, auth.cwd ?? "."),
      timeoutMs: auth.timeout_ms ?? 5_000,
      refreshIntervalMs: auth.refresh_interval_ms ?? 300_000,
    };
    const identity = JSON.stringify(settings);
    const known = commands.get(identity) ?? createTokenCommand(settings, { ...options, now: Date.now });
    commands.set(identity, known);
    return known;
  };
  /** What a request is signed with; null: nothing, or there is no key. Rejects with a message for the user. */
  const keyOf = async (provider: ModelProvider, rejected: string | null): Promise<string | null> => {
    const { auth, bearerToken, keyName, oauth } = provider;
    if (oauth !== null) return options.token(oauth, rejected);
    if (bearerToken !== null) return bearerToken;
    if (auth !== null) return rejected === null ? commandOf(auth).token() : commandOf(auth).renew(rejected);
    return keyName === null ? null : options.key(keyName);
  };
  const served = createServedModels({ env: options.env, key: (provider) => keyOf(provider, null) });

  const find = (id: string, providers: ThreadDefaults["modelSettings"]["providers"]): ModelProvider => {
    const resolved = resolveProvider(id, { providers, env: options.env, demoBaseUrl: () => options.demo.baseUrl() });
    if (resolved.kind === "unusable") throw new ThreadRequestError("badInput", resolved.message);
    return id === "demo" ? { ...resolved.provider, bearerToken: options.demo.token } : resolved.provider;
  };

  return {
    under: ({ providers, contextWindow, compactionLimit, prices, webSearch }) => ({
      hasUser: options.hasUser,
      compactionLimit,
      client(id) {
        const provider = find(id, providers);
        const identity = JSON.stringify([provider, providers[id]]);
        const known = clients.get(identity);
        if (known !== undefined) return known;
        const client = createResponsesClient({
          provider,
          key: (rejected) => keyOf(provider, rejected),
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
      hostedTools: (id) => hostedTools(find(id, providers), webSearch),
      price(model) {
        const price = Object.hasOwn(prices, model) ? prices[model] : undefined;
        if (price === undefined) return null;
        const { input, output, cached_input: cachedInput = input, currency = "USD" } = price;
        return { input, cachedInput, output, currency };
      },
      streamMaxRetries: (id) => find(id, providers).streamMaxRetries,
    }),
    rateLimits: (provider) => limits.get(provider) ?? null,
    served,
    async close() {
      for (const command of commands.values()) command.close();
      await served.close();
      await Promise.allSettled([...clients.values()].map((client) => client.close()));
    },
  };
}
