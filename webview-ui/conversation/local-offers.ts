import type { LocalModels } from "../../src/protocol/host.ts";
import { plural } from "../units.ts";

/** One model server that can be used: its first model, and what else there is to say of it. */
export type LocalOffer = {
  readonly provider: string;
  readonly name: string;
  readonly model: string;
  readonly detail: string;
};

/** What can be used in place of the demo, one offer per server. */
export function offersOf(found: LocalModels | null): readonly LocalOffer[] {
  return (found?.servers ?? []).flatMap(({ provider, name, baseUrl, models, access }) => {
    const [model, ...others] = models;
    if (model === undefined || access !== "usable") return [];
    const more = others.length === 0 ? "" : ` with ${plural(others.length, "more model")}`;
    return [{ provider, name, model, detail: `Runs on this machine (${addressOf(baseUrl)})${more}` }];
  });
}

/** Why a server that was found is not offered, a sentence each. */
export function obstaclesOf(found: LocalModels): readonly string[] {
  return found.servers.flatMap(({ name, baseUrl, access }) => {
    const where = `${name} runs here (${addressOf(baseUrl)})`;
    switch (access) {
      case "usable":
        return [];
      case "noEndpoint":
        return [`${where}, but has no Responses API. Update it, or set wire_api = "chat" for it in config.toml.`];
      case "needsKey":
        return [`${where}, but asks for a key. Name it in config.toml, as env_key of this provider.`];
    }
  });
}

const addressOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
