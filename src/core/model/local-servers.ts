import { isLoopback, probeEndpoint, readModelNames, type EndpointAccess } from "./model-list.ts";
import type { ModelProvider } from "./provider.ts";

/** A model server that runs on this machine. */
export interface LocalServer {
  /** Id of the provider. */
  readonly provider: string;
  /** For people: `Ollama`. */
  readonly name: string;
  readonly baseUrl: string;
  /** Names of its models, at least one. */
  readonly models: readonly string[];
  /** Whether it answers in the format of its provider, which is Responses unless the configuration says otherwise. */
  readonly access: EndpointAccess;
}

/** A server on loopback answers at once; what takes longer is something else, or too busy to be of use. */
const timeoutMs = 1_000;

/**
 * Looks which of these providers run on this machine and offer a model, all at once, within two seconds. Asks only loopback addresses,
 * sends no key and no header of the configuration: first for the list of models, then, where there is one, without content for an answer.
 * In the order of `providers`.
 */
export async function findLocalServers(providers: readonly ModelProvider[]): Promise<LocalServer[]> {
  const found = await Promise.all(providers.map(look));
  return found.filter((server) => server !== null);
}

async function look(provider: ModelProvider): Promise<LocalServer | null> {
  const baseUrl = await provider.baseUrl();
  if (!isLoopback(new URL(baseUrl).hostname)) return null;
  const models = await readModelNames(provider, { timeoutMs, isStranger: true });
  if (models === null || models.length === 0) return null;
  const access = await probeEndpoint(provider, { timeoutMs });
  return { provider: provider.id, name: provider.name, baseUrl, models: localFirst(models), access };
}

/** Ollama also lists models that it passes on to its maker's service, by this ending; nobody should get one of those without looking. */
function localFirst(models: readonly string[]): readonly string[] {
  const isElsewhere = (name: string): boolean => /[:-]cloud$/.test(name);
  return [...models.filter((name) => !isElsewhere(name)), ...models.filter(isElsewhere)];
}
