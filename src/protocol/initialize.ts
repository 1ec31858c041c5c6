import * as z from "zod";

/** What a client opts into, beyond the common protocol. Every member is optional; absent means off. */
export const TurnwrightCapability = z.looseObject({
  /** Understands the `turnwright` member of approvals, answers per file, and `reviewEdits`. */
  review: z.boolean().default(false),
  /** Answers `editor/applyEdit`. */
  editorWriter: z.boolean().default(false),
  /** Wants numbered notifications (`sequence` in their params), to come back to a thread with `afterSequence`. */
  sequence: z.boolean().default(false),
});
export type TurnwrightCapability = z.infer<typeof TurnwrightCapability>;

export const InitializeParams = z.object({
  clientInfo: z.object({ name: z.string(), title: z.string().nullish(), version: z.string() }),
  capabilities: z
    .object({
      experimentalApi: z.boolean().default(false),
      requestAttestation: z.boolean().default(false),
      optOutNotificationMethods: z.array(z.string()).nullish(),
      extensions: z.looseObject({ turnwright: TurnwrightCapability.optional() }).nullish(),
    })
    .nullish(),
});
export type InitializeParams = z.infer<typeof InitializeParams>;

export const InitializeResponse = z.lazy(() =>
  z.looseObject({
    userAgent: z.string(),
    /** Absolute path of the state directory. */
    codexHome: z.string(),
    platformFamily: z.string(),
    platformOs: z.string(),
    /** Present when the server is Turnwright's own. */
    extensions: z.looseObject({ turnwright: z.looseObject({ version: z.string() }).optional() }).optional(),
  }),
);
export type InitializeResponse = z.infer<typeof InitializeResponse>;
