import type { LocalModelMethods } from "../../protocol/local-models.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { forUser } from "../thread-errors.ts";

export const localModelHandlers = ({ options }: HandlerContext): Handlers<LocalModelMethods> => ({
  "turnwright/localModels/list": async () => {
    const servers = await forUser(() => options.findLocalServers());
    return { data: servers.map((server) => ({ ...server, models: [...server.models] })) };
  },
});
