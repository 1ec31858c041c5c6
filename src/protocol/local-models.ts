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
     * `served`: its models can be used. `absent`: it has no Responses API (an older version, usually). `needsKey`: it answers only to those who
     * have its key.
     */
    responses: z.enum(["served", "absent", "needsKey"]),
  }),
);

export type LocalModelServer = z.infer<typeof LocalModelServer>;

/** Turnwright's own: what runs on this machine. Served to every client; another server does not know it. */
export const localModelMethods = {
  /** Looks now; takes two seconds at most. */
  "turnwright/localModels/list": {
    params: z.object({}).nullish(),
    result: z.lazy(() => z.looseObject({ data: z.array(LocalModelServer) })),
  },
} as const satisfies MethodTable;
export type LocalModelMethods = typeof localModelMethods;
