import type { WebSearchSettings } from "../config/schema.ts";
import type { ModelProvider } from "./provider.ts";

/** A tool that the provider runs itself, as it stands in a request. */
export interface HostedToolSpec {
  readonly type: "web_search";
  readonly search_context_size?: "low" | "medium" | "high";
  readonly filters?: { readonly allowed_domains: readonly string[] };
  readonly user_location?: Readonly<Record<string, string>>;
}

/**
 * The tools of the provider that the configuration turns on. They do not depend on the sandbox: what the provider does on its own machines is
 * the user's to allow by configuration, and a list that changed with the sandbox would cost the provider's cache.
 * @param webSearch `tools.web_search`; null: off
 */
export function hostedTools(
  provider: Pick<ModelProvider, "hasWebSearch">,
  webSearch: WebSearchSettings | null,
): readonly HostedToolSpec[] {
  if (webSearch === null || !provider.hasWebSearch) return [];
  const { context_size: size, allowed_domains: domains, location } = webSearch;
  return [
    {
      type: "web_search",
      ...(size === undefined ? {} : { search_context_size: size }),
      ...(domains === undefined ? {} : { filters: { allowed_domains: domains } }),
      ...(location === undefined ? {} : { user_location: { type: "approximate", ...placeOf(location) } }),
    },
  ];
}

const placeOf = ({ country, region, city, timezone }: NonNullable<WebSearchSettings["location"]>) =>
  Object.fromEntries(
    Object.entries({ country, region, city, timezone }).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value]],
    ),
  );

/** Whether a list of tools holds one of a provider that is not among these, in whatever form. */
export const holdsOther = (tools: readonly unknown[], hosted: readonly HostedToolSpec[]): boolean =>
  tools.some((tool) => isHosted(tool) && !hosted.some(({ type }) => type === tool.type));

const isHosted = (tool: unknown): tool is { readonly type: string } =>
  typeof tool === "object" && tool !== null && "type" in tool && tool.type === "web_search";
