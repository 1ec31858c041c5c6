import type { ModelRequest } from "./request.ts";

/** What the developer messages say the model may do. */
export interface Permissions {
  /** Nothing is to be changed: plan mode, or a read-only sandbox in which patches are not asked about. */
  readonly isPlanOnly: boolean;
  /** No question can be asked: what needs approval is refused. */
  readonly neverAsks: boolean;
  /** There is no sandbox, so nothing needs to leave it. */
  readonly hasFullAccess: boolean;
}

/** Reads the latest `<permissions instructions>` and `<collaboration_mode>`; earlier ones no longer hold. */
export function readPermissions({ developerTexts }: ModelRequest): Permissions {
  const permissions = last(developerTexts, /<permissions instructions>([\s\S]*?)<\/permissions instructions>/g);
  const mode = last(developerTexts, /<collaboration_mode>([\s\S]*?)<\/collaboration_mode>/g);
  const sandbox = /sandbox_mode[\s\S]{0,40}?(read-only|workspace-write|danger-full-access)/.exec(permissions)?.[1];
  const isPlanMode = /plan mode is on/i.test(permissions) || (/plan mode/i.test(mode) && !/default mode/i.test(mode));
  // A read-only sandbox alone does not forbid patches where the user is asked about each.
  const isReadOnly = sandbox === "read-only" && !/asked about each patch/i.test(permissions);
  return {
    isPlanOnly: isPlanMode || isReadOnly,
    neverAsks: /approval[ _]policy[\s\S]{0,20}?`?never\b/i.test(permissions),
    hasFullAccess: sandbox === "danger-full-access",
  };
}

function last(texts: readonly string[], pattern: RegExp): string {
  return texts.flatMap((text) => Array.from(text.matchAll(pattern), ([, inner = ""]) => inner)).at(-1) ?? "";
}
