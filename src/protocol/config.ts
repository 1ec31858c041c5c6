import * as z from "zod";
import { ReasoningEffort } from "./settings.ts";

export const ModelListParams = z.object({
  cursor: z.string().nullish(),
  limit: z.number().int().min(0).nullish(),
  includeHidden: z.boolean().nullish(),
  modelProvider: z.string().nullish(),
});

export const Model = z.lazy(() =>
  z.looseObject({
    id: z.string(),
    model: z.string(),
    displayName: z.string(),
    description: z.string(),
    hidden: z.boolean(),
    isDefault: z.boolean(),
    supportedReasoningEfforts: z.array(z.object({ reasoningEffort: ReasoningEffort, description: z.string() })),
    defaultReasoningEffort: ReasoningEffort,
    inputModalities: z.array(z.string()).default(["text", "image"]),
  }),
);
export type Model = z.infer<typeof Model>;
export const ModelListResponse = z.lazy(() =>
  z.looseObject({ data: z.array(Model), nextCursor: z.string().nullish() }),
);

export const ConfigReadParams = z.object({ includeLayers: z.boolean().nullish(), cwd: z.string().nullish() });
export const ConfigReadResponse = z.lazy(() =>
  z.looseObject({
    /** snake_case keys as in config.toml; what is unset is null or absent. */
    config: z.looseObject({}),
    /** Dotted key to the layer that set it. */
    origins: z.record(z.string(), z.looseObject({ version: z.string() })),
    layers: z.array(z.looseObject({ version: z.string() })).nullish(),
  }),
);
