import * as z from "zod";
import { CommandAction } from "./items.ts";

/**
 * What the server asks of the client. The answer decides about exactly one item. The member `turnwright` of a request is sent only to
 * clients that opted in; a client that does not know it answers with a plain decision.
 */
const ids = { threadId: z.string(), turnId: z.string(), itemId: z.string(), startedAtMs: z.number() };

export const CommandApprovalDecision = z.lazy(() =>
  z.union([
    z.enum(["accept", "acceptForSession", "decline", "cancel"]),
    z.object({ acceptWithExecpolicyAmendment: z.object({ execpolicy_amendment: z.array(z.string()) }) }),
  ]),
);
export type CommandApprovalDecision = z.infer<typeof CommandApprovalDecision>;

export const CommandApprovalParams = z.lazy(() =>
  z.looseObject({
    /** Only `command` here; `writeStdin` is input for a command that runs, `humanCommand` one that the user typed. */
    kind: z.enum(["command", "writeStdin", "humanCommand"]).default("command"),
    ...ids,
    environmentId: z.string().nullish(),
    /** Why the model, or the server, wants this to run outside the sandbox. */
    reason: z.string().nullish(),
    command: z.string().nullish(),
    cwd: z.string().nullish(),
    commandActions: z.array(CommandAction).nullish(),
    proposedExecpolicyAmendment: z.array(z.string()).nullish(),
    /** Answers that make sense. Those that only another server knows are kept. */
    availableDecisions: z.array(z.union([CommandApprovalDecision, z.looseObject({})])).nullish(),
    turnwright: z
      .looseObject({
        /** The command as the model wrote it, without the shell around it. */
        script: z.string(),
        /** Marked by the server; only a modal may accept it, never a webview. */
        dangerous: z.boolean(),
        /** True when nothing confines the command once it is accepted. */
        unsandboxed: z.boolean(),
      })
      .optional(),
  }),
);
export type CommandApprovalParams = z.infer<typeof CommandApprovalParams>;
export const CommandApprovalResponse = z.lazy(() => z.looseObject({ decision: CommandApprovalDecision }));
export type CommandApprovalResponse = z.infer<typeof CommandApprovalResponse>;

export const FileChangeApprovalParams = z.lazy(() =>
  z.looseObject({
    ...ids,
    reason: z.string().nullish(),
    grantRoot: z.string().nullish(),
    turnwright: z
      .looseObject({
        /** One entry per file, in the order of the item's changes. `proposed` is null for a deletion, `base` null for a new file. */
        files: z.array(
          z.looseObject({
            path: z.string(),
            movePath: z.string().nullish(),
            base: z.string().nullable(),
            proposed: z.string().nullable(),
            /** SHA-256 (hex) of the file's bytes when the patch was verified; null for a new file. */
            baseHash: z.string().nullable(),
          }),
        ),
      })
      .optional(),
  }),
);
export type FileChangeApprovalParams = z.infer<typeof FileChangeApprovalParams>;
export const FileChangeApprovalResponse = z.lazy(() =>
  z.looseObject({
    decision: z.enum(["accept", "acceptForSession", "decline", "cancel"]),
    /** Turnwright's: answers per file, by path; a file that is not named follows `decision`. */
    turnwright: z
      .looseObject({
        files: z.array(
          z.looseObject({ path: z.string(), decision: z.enum(["accept", "decline"]), reason: z.string().optional() }),
        ),
      })
      .optional(),
  }),
);
export type FileChangeApprovalResponse = z.infer<typeof FileChangeApprovalResponse>;

/**
 * Turnwright's: the editor writes a file on the server's behalf, so that open documents keep their undo stack and text that the
 * user typed is never overwritten. Asked only of clients with the capability `editorWriter`.
 */
export const EditorApplyEditParams = z.lazy(() =>
  z.object({
    threadId: z.string(),
    turnId: z.string(),
    itemId: z.string(),
    path: z.string(),
    /** SHA-256 (hex) of the bytes on disk that the edit is based on; null: the file must not exist. */
    baseHash: z.string().nullable(),
    /** The new text; null deletes the file. */
    text: z.string().nullable(),
  }),
);
export type EditorApplyEditParams = z.infer<typeof EditorApplyEditParams>;
export const EditorApplyEditResponse = z.lazy(() =>
  z.discriminatedUnion("status", [
    /** `text` is what the file holds now (a formatter may have changed it); null after a deletion. */
    z.looseObject({ status: z.literal("applied"), text: z.string().nullable() }),
    /** The document has unsaved changes, or the file is no longer what the edit was based on. */
    z.looseObject({ status: z.literal("conflict"), message: z.string() }),
    /** The editor does not handle this file; the server writes it. */
    z.looseObject({ status: z.literal("refused"), message: z.string() }),
  ]),
);
export type EditorApplyEditResponse = z.infer<typeof EditorApplyEditResponse>;
