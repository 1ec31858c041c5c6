import * as z from "zod";
import type { MethodTable } from "./methods.ts";

/** A model server that runs on this machine and offers at least one model. */
export const LocalModelServer = z.lazy(() =>
  z.looseObject({
    /** Id of the provider, for `modelProvider` and `model_provider`. */
    provider: z.string(),
    /** For people: `Ollama`. */
    name: z.string(),
    baseUrl: z.string(),
    /** Names of its models, in the server's order. */
    models: z.array(z.string()),
    /**
     * `noEndpoint`: it does not speak the format of its provider, usually since its version has no Responses API. `needsKey`: it answers only
     * to those who have its key.
     */
    access: z.enum(["usable", "noEndpoint", "needsKey"]),
  }),
);

export type LocalModelServer = z.infer<typeof LocalModelServer>;

/** Turnwright's own: what runs on this machine. Served to every client; another server does not know it. */
export const localModelMethods = {
  /** Model servers that run on this machine. It looks now, which takes two seconds at most. */
  "turnwright/localModels/list": {
    params: z.object({}).nullish(),
    result: z.lazy(() => z.looseObject({ data: z.array(LocalModelServer) })),
  },
} as const satisfies MethodTable;
export type LocalModelMethods = typeof localModelMethods;
