import { maxInputChars } from "../../src/protocol/settings.ts";

/** Why a message cannot be sent, for the user; null when it can. The server counts as we do, in UTF-16 units. */
export function refusal(text: string): string | null {
  if (text.length <= maxInputChars) return null;
  const count = (characters: number): string => characters.toLocaleString("en");
  return `This message has ${count(text.length)} characters; ${count(maxInputChars)} is the limit. Nothing was sent and your text is still here: shorten it, or save it to a file and mention the path.`;
}
