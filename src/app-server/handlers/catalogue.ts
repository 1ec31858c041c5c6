import type { catalogueMethods } from "../../protocol/catalogue.ts";
import type { ClientMethods } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { forUser } from "../thread-errors.ts";
import { offsetPage } from "./offset-page.ts";

/** The sandboxes by the names of the protocol; `thread/start` reports the same ones. */
const permissionProfiles = [
  { id: ":read-only", description: "Reads files; writes and network only when you agree", allowed: true },
  { id: ":workspace", description: "Writes in the workspace; the rest only when you agree", allowed: true },
  { id: ":danger-full-access", description: "No sandbox: everything that you may do yourself", allowed: true },
];

const collaborationModes = [
  { name: "Plan", mode: "plan", model: null, reasoning_effort: null } as const,
  { name: "Default", mode: "default", model: null, reasoning_effort: null } as const,
];

export const catalogueHandlers = (
  context: HandlerContext,
): Pick<Handlers<ClientMethods>, keyof typeof catalogueMethods> => ({
  "model/list": async ({ includeHidden, modelProvider, ...page }) => {
    const all = await forUser(() => context.options.listModels(modelProvider ?? null));
    const shown = includeHidden === true ? all : all.filter((model) => !model.hidden);
    return offsetPage(shown, page, "models");
  },

  "modelProvider/list": () => forUser(() => context.options.listProviders()),

  // Tools that the provider runs; of those, a search of the web is all that we offer to the model, where it is configured.
  "modelProvider/capabilities/read": async () => ({
    imageGeneration: false,
    webSearch: await forUser(() => context.options.canSearchWeb()),
  }),

  "permissionProfile/list": async (page) => offsetPage(permissionProfiles, page, "permission profiles"),

  // Whatever is there is on; there is nothing to switch.
  "experimentalFeature/list": async (page) => offsetPage([], page, "features"),

  "collaborationMode/list": async () => ({ data: [...collaborationModes] }),
});
