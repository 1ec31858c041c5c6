import * as z from "zod";

/** True: the schema accepts the value. False: it may refuse it, so ask the schema itself. */
export type Guard = (value: unknown) => boolean;

/**
 * A cheap yes for what nearly always fits, made out of the schema: it builds no copy and no list of issues, which is most of what zod does
 * with a value that fits. Of schemas that it does not take apart (checks, transforms) it asks zod.
 */
export function guardOf(schema: z.core.$ZodType): Guard {
  if ((schema._zod.def.checks?.length ?? 0) > 0) return (value) => z.safeParse(schema, value).success;
  if (schema instanceof z.ZodLazy) return lazyGuard(() => guardOf(schema.unwrap()));
  if (schema instanceof z.ZodString) return (value) => typeof value === "string";
  if (schema instanceof z.ZodNumberFormat) return (value) => z.safeParse(schema, value).success;
  // What JSON has of numbers that are none is 1e999.
  if (schema instanceof z.ZodNumber) return (value) => Number.isFinite(value);
  if (schema instanceof z.ZodBoolean) return (value) => typeof value === "boolean";
  if (schema instanceof z.ZodNull) return (value) => value === null;
  if (schema instanceof z.ZodUndefined) return (value) => value === undefined;
  if (schema instanceof z.ZodUnknown) return () => true;
  if (schema instanceof z.ZodLiteral) return oneOf(schema.values);
  if (schema instanceof z.ZodEnum) return oneOf(new Set(schema.options));
  if (schema instanceof z.ZodNullable) return either((value) => value === null, guardOf(schema.unwrap()));
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return either((value) => value === undefined, guardOf(schema.unwrap()));
  }
  if (schema instanceof z.ZodArray) {
    const element = guardOf(schema.element);
    return (value) => Array.isArray(value) && value.every(element);
  }
  if (schema instanceof z.ZodIntersection) {
    const [left, right] = [guardOf(schema.def.left), guardOf(schema.def.right)];
    return (value) => left(value) && right(value);
  }
  if (schema instanceof z.ZodDiscriminatedUnion) return byDiscriminator(schema);
  if (schema instanceof z.ZodUnion) return schema.options.map(guardOf).reduce(either);
  if (schema instanceof z.ZodObject) return objectGuard(schema);
  return (value) => z.safeParse(schema, value).success;
}

const either =
  (first: Guard, second: Guard): Guard =>
  (value) =>
    first(value) || second(value);

const oneOf =
  (values: ReadonlySet<unknown>): Guard =>
  (value) =>
    values.has(value);

function lazyGuard(make: () => Guard): Guard {
  let made: Guard | null = null;
  return (value) => (made ??= make())(value);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function objectGuard(schema: z.ZodObject): Guard {
  const { catchall } = schema.def;
  const isOpen = catchall === undefined || catchall instanceof z.ZodUnknown;
  if (!isOpen) return (value) => schema.safeParse(value).success;
  const members = Object.entries<z.core.$ZodType>(schema.shape).map(([key, member]) => ({
    key,
    isFit: guardOf(member),
    // Whether another one may be missing is zod's to say.
    isOptional: member instanceof z.ZodOptional || member instanceof z.ZodDefault,
  }));
  return (value) =>
    isObject(value) &&
    members.every(({ key, isFit, isOptional }) => {
      const member = value[key];
      return member === undefined ? isOptional : isFit(member);
    });
}

/** One look at the discriminator, where each option has its own words for it. */
function byDiscriminator(schema: z.ZodDiscriminatedUnion): Guard {
  const key = schema.def.discriminator;
  const guards = new Map<unknown, Guard>();
  for (const option of schema.options) {
    const object = option instanceof z.ZodLazy ? option.unwrap() : option;
    const words: unknown = object instanceof z.ZodObject ? object.shape[key] : undefined;
    if (!(words instanceof z.ZodLiteral)) return (value) => schema.safeParse(value).success;
    const isFit = guardOf(object);
    for (const word of words.values) guards.set(word, isFit);
  }
  return (value) => isObject(value) && guards.get(value[key])?.(value) === true;
}
