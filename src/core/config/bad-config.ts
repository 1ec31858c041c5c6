import type * as z from "zod";
import { dotted, type Table } from "./layers.ts";
import { Config } from "./schema.ts";

/** Carries a message out of the layers; never leaves this folder. */
export class BadConfig extends Error {}

/** Says where a key stands, for the beginning of a message. */
export type Place = (keys: readonly string[]) => string;

/** @throws {BadConfig} for the first value that does not fit. The value itself is not repeated; it may be a secret. */
export function check(layer: Table, place: Place): void {
  const result = Config.safeParse(layer);
  if (!result.success) throw new BadConfig(describe(result.error.issues, place));
}

/** The first issue: where, and what is allowed there. */
export function describe(issues: readonly z.core.$ZodIssue[], place: Place): string {
  const [issue] = issues;
  if (issue === undefined) return "invalid";
  return `${place(issue.path.map(String))}: ${allowed(issue)}`;
}

function allowed(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_key") return issue.issues.map(allowed).join(", ");
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return issue.message;
  // Of several forms, the one that was meant: got right on the outside, or at least of the right type.
  const nested = issue.errors.filter((branch) => branch.some((inner) => inner.path.length > 0));
  const sameType = issue.errors.filter((branch) => branch.some((inner) => inner.code !== "invalid_type"));
  const meant = [nested, sameType, issue.errors].find((branches) => branches.length > 0) ?? [];
  return meant.map((branch) => branch.map(within).join(", ")).join("; or ");
}

function within(issue: z.core.$ZodIssue): string {
  return issue.path.length === 0 ? allowed(issue) : `${dotted(issue.path)}: ${allowed(issue)}`;
}
