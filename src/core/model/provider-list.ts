import type { ModelProviderSummary } from "../../protocol/catalogue.ts";
import type { ModelProviderSettings } from "../config/schema.ts";
import { builtInProviders } from "./provider.ts";

/**
 * The providers that a thread can use, for `modelProvider/list`: those of the configuration, then the built-in ones,
 * each by name. Tells under which name a key is looked for, never a key.
 */
export function listProviders(configured: Readonly<Record<string, ModelProviderSettings>>): ModelProviderSummary[] {
  const own = Object.keys(configured).filter((id) => !Object.hasOwn(builtInProviders, id));
  return [
    ...own.toSorted().map((id) => summary(id, configured[id] ?? {}, true)),
    ...Object.entries(builtInProviders)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, settings]) =>
        summary(id, Object.hasOwn(configured, id) ? { ...settings, ...configured[id] } : settings, false),
      ),
  ];
}

function summary(id: string, settings: ModelProviderSettings, canEdit: boolean): ModelProviderSummary {
  const name = settings.name ?? id;
  if (id === "openai") {
    const isUsual = settings.base_url === builtInProviders.openai.base_url;
    return { id, name, canEdit, baseUrl: isUsual ? null : (settings.base_url ?? null), settings: { type: "openai" } };
  }
  return {
    id,
    name,
    canEdit,
    baseUrl: settings.base_url ?? null,
    settings: { type: "customGateway", auth: authOf(settings) },
  };
}

type Gateway = Extract<ModelProviderSummary["settings"], { type: "customGateway" }>;

function authOf(settings: ModelProviderSettings): Gateway["auth"] {
  if (settings.auth !== undefined) return { mode: "externallyConfigured", envKey: null };
  if (settings.oauth !== undefined) return { mode: "externallyConfigured", envKey: null };
  if (settings.experimental_bearer_token !== undefined) return { mode: "externallyConfigured", envKey: null };
  if (settings.env_key !== undefined) return { mode: "environmentVariable", envKey: settings.env_key };
  if (settings.requires_openai_auth === true) return { mode: "externallyConfigured", envKey: "OPENAI_API_KEY" };
  const headers = [...Object.keys(settings.http_headers ?? {}), ...Object.keys(settings.env_http_headers ?? {})];
  const signs = headers.some((header) => /authorization|api-?key|token/i.test(header));
  return signs ? { mode: "externallyConfigured", envKey: null } : { mode: "none" };
}
