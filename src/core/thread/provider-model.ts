import type { ThreadsOptions } from "./loaded-threads.ts";
import { ThreadRequestError, type ThreadOverrides } from "./threads.ts";

/**
 * A client that names another provider than the one in use, and no model, means one of that provider's: the first that it offers.
 * Rejects with ThreadRequestError `badInput` when none is known.
 */
export async function withModel(
  { modelOf }: Pick<ThreadsOptions, "modelOf">,
  overrides: ThreadOverrides,
  inUse: string,
): Promise<ThreadOverrides> {
  const { model, modelProvider, config = {} } = overrides;
  if (model !== undefined || modelProvider === undefined || modelProvider === inUse) return overrides;
  const found = await modelOf(modelProvider, config);
  if (found !== null) return { ...overrides, model: found };
  throw new ThreadRequestError(
    "badInput",
    `No model is set for the provider ${modelProvider}, and it lists none. Name a model beside it.`,
  );
}
