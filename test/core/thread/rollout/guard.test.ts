import fc from "fast-check";
import { expect, test } from "vitest";
import * as z from "zod";
import { guardOf } from "../../../../src/core/thread/rollout/guard.ts";
import type { RolloutEntry } from "../../../../src/core/thread/rollout/lines.ts";
import { payloads } from "../../../../src/core/thread/rollout/payloads.ts";
import { entriesOfAllTypes } from "./samples.ts";

/** Every place in a JSON value. */
function placesIn(value: unknown, at: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, member]) => placesIn(member, [...at, key]))];
}

/** A copy with something else in one place; `undefined`: nothing. As JSON, so without holes. */
function withOther(value: unknown, place: readonly (string | number)[], other: unknown): unknown {
  const [key, ...rest] = place;
  if (key === undefined) return other;
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const next = name === String(key) ? withOther(member, rest, other) : member;
    return next === undefined ? [] : [[name, next] as const];
  });
  return Array.isArray(value) ? members.map(([, member]) => member) : Object.fromEntries(members);
}

const strange = [
  undefined,
  null,
  0,
  -1,
  1.5,
  Infinity,
  true,
  "",
  "x",
  [],
  [null],
  {},
  { type: "x" },
  [{ type: "text" }],
];

test("the guard of each type says yes to what its schema takes, and to nothing else", () => {
  expect(new Set(entriesOfAllTypes.map(({ type }) => type))).toEqual(new Set(Object.keys(payloads)));
  let refused = 0;
  for (const { type, payload } of entriesOfAllTypes) {
    const schema = payloads[type];
    const isFit = guardOf(schema);
    expect(isFit(payload), `${type} ${JSON.stringify(payload)}`).toBe(true);
    for (const place of placesIn(payload)) {
      for (const other of strange) {
        const changed = withOther(payload, place, other);
        const isTaken = schema.safeParse(changed).success;
        if (!isTaken) refused += 1;
        // It may leave the word to the schema; it must not take what the schema refuses.
        if (isFit(changed)) expect(isTaken, `${type} with ${JSON.stringify(other)} at ${place.join(".")}`).toBe(true);
      }
    }
  }
  expect(refused).toBeGreaterThan(1000);
});

test("no combination of damage passes a guard that the schema refuses", () => {
  const entry = fc.constantFrom(...entriesOfAllTypes);
  const damage = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(...strange), fc.jsonValue())), { maxLength: 3 });
  fc.assert(
    fc.property(entry, damage, ({ type, payload }: RolloutEntry, changes) => {
      let value: unknown = payload;
      for (const [number, other] of changes) {
        const places = placesIn(value);
        value = withOther(value, places[number % places.length] ?? [], other);
      }
      if (guardOf(payloads[type])(value)) expect(payloads[type].safeParse(value).success).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("what a schema is made of beyond its shape is asked of the schema", () => {
  expect(guardOf(z.string().min(2))("a")).toBe(false);
  expect(guardOf(z.strictObject({ a: z.string() }))({ a: "x", b: 1 })).toBe(false);
  expect(guardOf(z.object({ a: z.unknown() }))({})).toBe(false);
  expect(guardOf(z.record(z.string(), z.number()))({ a: "x" })).toBe(false);
});
