import type { Connections } from "./connections.ts";
import { isLoopback, readModelNames } from "./model-list.ts";
import { builtInProviders, type ModelProvider } from "./provider.ts";
import { proxySettings } from "./proxy.ts";

/** Longest wait for a server on this machine; the first message of a window may wait with it. */
const localTimeoutMs = 2_000;
const remoteTimeoutMs = 5_000;
/** How long the list of a server elsewhere is taken for true. */
const maxAgeMs = 5 * 60_000;

/** What providers themselves say they have. */
export interface ServedModels {
  /** Null for those whose models the catalogue knows. Empty when the server does not say. Never rejects. */
  of(provider: ModelProvider): Promise<readonly string[] | null>;
  close(): Promise<void>;
}

/**
 * @param options.env names the proxies
 * @param options.key what a request to the provider is signed with
 */
export function createServedModels(options: {
  readonly env: NodeJS.ProcessEnv;
  readonly key: (provider: ModelProvider) => Promise<string | null>;
}): ServedModels {
  let opened: Promise<Connections> | null = null;
  const connections = (): Promise<Connections> =>
    (opened ??= import("./connections.ts").then(({ createConnections }) =>
      createConnections(proxySettings(options.env)),
    ));
  const lists = new Map<string, { readonly sinceMs: number; readonly names: readonly string[] }>();

  const ask = async (provider: ModelProvider): Promise<readonly string[] | null> => {
    const key = await options.key(provider);
    // Without its key a server says no; and who has none yet sees the list as soon as there is one.
    if (key === null && provider.keyName !== null) return null;
    const headers = { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...provider.headers };
    const { hostname } = new URL(await provider.baseUrl());
    if (isLoopback(hostname)) return readModelNames(provider, { timeoutMs: localTimeoutMs, headers });
    const { dispatcher } = await connections();
    return readModelNames(provider, { timeoutMs: remoteTimeoutMs, headers, dispatcher });
  };

  return {
    async of(provider) {
      if (provider.id === "demo") return null;
      const baseUrl = await provider.baseUrl();
      // It lists much more than models for agents.
      if (provider.id === "openai" && baseUrl === builtInProviders.openai.base_url) return null;
      const identity = JSON.stringify([provider, baseUrl]);
      const known = lists.get(identity);
      if (known !== undefined && Date.now() - known.sinceMs < maxAgeMs) return known.names;
      // Whatever hinders it, a request to the model says it better.
      const names = (await ask(provider).catch(() => null)) ?? [];
      // On this machine models come and go at the user's hand.
      if (names.length > 0 && !isLoopback(new URL(baseUrl).hostname)) {
        lists.set(identity, { sinceMs: Date.now(), names });
      }
      return names;
    },
    async close() {
      await opened?.then(
        (known) => known.close(),
        () => undefined,
      );
    },
  };
}
