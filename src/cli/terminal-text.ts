import { stripVTControlCharacters } from "node:util";

/** Names and texts are not ours: nothing in them commands a terminal. */
export const oneLine = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/\s+/gu, " ")
    .replace(/\p{Cc}/gu, "")
    .trim();
