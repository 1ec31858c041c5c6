import * as z from "zod";
import { Config, foreignKeys } from "./schema.ts";

/**
 * Warnings about keys that no part of the schema knows, with the nearest key that it does know. Such keys are kept and
 * have no effect, so a typing error would otherwise go unnoticed.
 */
export function unknownKeyWarnings(layer: unknown, where: string): readonly string[] {
  const warnings: string[] = [];
  walk(Config, layer, []);
  return warnings;

  function walk(schema: unknown, value: unknown, path: readonly string[]): void {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    if (schema instanceof z.ZodOptional) return walk(schema.unwrap(), value, path);
    if (schema instanceof z.ZodRecord) {
      for (const [key, member] of Object.entries(value)) walk(schema.valueType, member, [...path, key]);
      return;
    }
    // An object without members of its own stands for "anything": servers of MCP, and what later versions add.
    if (!(schema instanceof z.ZodObject) || Object.keys(schema.shape).length === 0) return;
    for (const [key, member] of Object.entries(value)) {
      if (Object.hasOwn(schema.shape, key)) {
        walk(schema.shape[key], member, [...path, key]);
      } else if (!(foreignKeys.has(key) && schema.shape.model !== undefined)) {
        const near = nearest(key, Object.keys(schema.shape));
        const hint = near === null ? "" : ` Did you mean ${near}?`;
        warnings.push(`${where}: unknown key ${[...path, key].join(".")} has no effect.${hint}`);
      }
    }
  }
}

/** The known word that is at most a third of its length away, or null. */
function nearest(word: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Infinity;
  for (const candidate of known) {
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best !== null && bestDistance <= Math.ceil(best.length / 3) ? best : null;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > b.length) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (const [j, other] of Array.from(b).entries()) {
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
