import * as z from "zod";
import type { MethodTable } from "./methods.ts";
import { ReasoningEffort } from "./settings.ts";

/** A page: the cursor is the one of the page before. A limit of 0 gives one entry, since a page of nothing would be followed by itself. */
const page = { cursor: z.string().nullish(), limit: z.number().int().min(0).nullish() };
const pageOf = <T extends z.ZodType>(entry: T) =>
  z.looseObject({ data: z.array(entry), nextCursor: z.string().nullish() });

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

/** How a request to a provider is signed; a key itself is never told. */
const GatewayAuth = z.lazy(() =>
  z.discriminatedUnion("mode", [
    z.object({ mode: z.literal("none") }),
    z.object({ mode: z.literal("environmentVariable"), envKey: z.string() }),
    z.object({ mode: z.literal("externallyConfigured"), envKey: z.string().nullish() }),
  ]),
);

/** A provider that threads can use. */
export const ModelProviderSummary = z.lazy(() =>
  z.looseObject({
    id: z.string(),
    name: z.string(),
    /** False for those that the program defines. */
    canEdit: z.boolean(),
    /** Ends before `/responses`; null where the program decides. */
    baseUrl: z.string().nullish(),
    settings: z.discriminatedUnion("type", [
      z.looseObject({ type: z.literal("openai") }),
      z.looseObject({ type: z.literal("customGateway"), auth: GatewayAuth }),
    ]),
  }),
);
export type ModelProviderSummary = z.infer<typeof ModelProviderSummary>;

const ModelProviderListResponse = z.lazy(() =>
  z.looseObject({
    data: z.array(ModelProviderSummary),
    defaultProviderId: z.string(),
    /** False when something stronger than config.toml says which. */
    canChangeDefault: z.boolean(),
  }),
);
export type ModelProviderListResponse = z.infer<typeof ModelProviderListResponse>;

const PermissionProfile = z.lazy(() =>
  z.looseObject({ id: z.string(), description: z.string().nullish(), allowed: z.boolean() }),
);

const ExperimentalFeature = z.lazy(() =>
  z.looseObject({
    name: z.string(),
    stage: z.enum(["beta", "underDevelopment", "stable", "deprecated", "removed"]),
    displayName: z.string().nullish(),
    description: z.string().nullish(),
    announcement: z.string().nullish(),
    enabled: z.boolean(),
    defaultEnabled: z.boolean(),
  }),
);

const CollaborationModeMask = z.lazy(() =>
  z.looseObject({
    name: z.string(),
    mode: z.enum(["plan", "default"]).nullish(),
    /** Null: the thread's. */
    model: z.string().nullish(),
    reasoning_effort: ReasoningEffort.nullish(),
  }),
);

/** What a client can offer its user to choose from. */
export const catalogueMethods = {
  /**
   * Models of a provider, a page at a time.
   * @error `invalid cursor: …`: not one of this list.
   */
  "model/list": {
    params: z.lazy(() =>
      z.object({ ...page, includeHidden: z.boolean().nullish(), modelProvider: z.string().nullish() }),
    ),
    result: z.lazy(() => pageOf(Model)),
  },
  /** Providers that threads can use, and which one is the default. */
  "modelProvider/list": { params: z.object({}), result: ModelProviderListResponse },
  /** Tools that the configured provider itself runs and that are offered to the model. */
  "modelProvider/capabilities/read": {
    params: z.object({}),
    result: z.lazy(() => z.looseObject({ imageGeneration: z.boolean(), webSearch: z.boolean() })),
  },
  /**
   * Names of sandboxes.
   * @error `invalid cursor: …`: not one of this list.
   */
  "permissionProfile/list": {
    params: z.lazy(() => z.object({ ...page, cwd: z.string().nullish() })),
    result: z.lazy(() => pageOf(PermissionProfile)),
  },
  /**
   * Features that can be switched on or off; there are none.
   * @error `invalid cursor: …`: not one of this list.
   */
  "experimentalFeature/list": {
    params: z.lazy(() => z.object({ ...page, threadId: z.string().nullish() })),
    result: z.lazy(() => pageOf(ExperimentalFeature)),
  },
  /** Modes that `turn/start.collaborationMode` takes. */
  "collaborationMode/list": {
    experimental: true,
    params: z.object({}),
    result: z.lazy(() => z.looseObject({ data: z.array(CollaborationModeMask) })),
  },
} as const satisfies MethodTable;
