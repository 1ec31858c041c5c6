/** Wrong arguments; the message says which. */
export class Misuse extends Error {}

/** @throws Misuse with what the parser of arguments says */
export function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new Misuse(error instanceof Error ? error.message : String(error));
  }
}
