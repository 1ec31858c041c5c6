import type { ClientMethods } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { forUser } from "../thread-errors.ts";

export const configHandlers = ({ options }: HandlerContext): Pick<Handlers<ClientMethods>, "config/read"> => ({
  "config/read": async ({ includeLayers }) => {
    const { config, origins, layers } = await forUser(() =>
      options.readConfig({ includeLayers: includeLayers ?? false }),
    );
    return {
      config,
      origins: Object.fromEntries(Object.entries(origins).map(([key, origin]) => [key, { ...origin }])),
      layers: layers?.map((layer) => ({ ...layer })) ?? null,
    };
  },
});
