import type { MethodEntry } from "../protocol/methods.ts";

/** Whether a member asks for anything: absent, null, false and empty do not. */
function isUsed(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/**
 * What of a request is only for clients with the capability `experimentalApi`: `method`, or the first such `method.member`; null when
 * nothing is.
 */
export function experimentalPart(
  method: string,
  { experimental }: MethodEntry,
  params: object | null | undefined,
): string | null {
  if (experimental === undefined) return null;
  if (experimental === true) return method;
  const given = new Map<string, unknown>(Object.entries(params ?? {}));
  const member = experimental.find((name) => isUsed(given.get(name)));
  return member === undefined ? null : `${method}.${member}`;
}
