import fs from "node:fs/promises";
import path from "node:path";
import { maxInputChars, type UserInput } from "../../protocol/settings.ts";
import type { ContentPart } from "../model/types.ts";
import { withRegularFile } from "../regular-file.ts";

const maxImageBytes = 10 * 1024 * 1024;
const imageTypes: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
};

/** What the user sent cannot be used; the message says what to do instead. */
export class UserInputError extends Error {}

/**
 * Content of the user's message for the model. Local images are inlined as they are.
 * @throws UserInputError for an empty or over-long message and for an image that cannot be read
 */
export async function userContent(input: readonly UserInput[]): Promise<ContentPart[]> {
  const chars = input.reduce((sum, part) => sum + (part.type === "text" ? part.text.length : 0), 0);
  if (chars > maxInputChars) {
    throw new UserInputError(
      `The message has ${chars} characters; at most ${maxInputChars} can be sent. Put the text in a file of the workspace and name the file instead.`,
    );
  }
  const parts: ContentPart[] = [];
  let images = 0;
  for (const part of input) {
    switch (part.type) {
      case "text":
        if (part.text !== "") parts.push({ type: "input_text", text: part.text });
        break;
      case "image":
        parts.push({ type: "input_image", image_url: part.url, detail: part.detail ?? "auto" });
        break;
      case "localImage":
        parts.push(...(await inlineImage(part.path, (images += 1))));
        break;
      case "mention":
      case "skill":
        parts.push({ type: "input_text", text: `[${part.name}](${part.path})` });
        break;
      default:
        part satisfies never;
    }
  }
  if (!parts.some((part) => part.type !== "input_text" || part.text.trim() !== "")) {
    throw new UserInputError("The message is empty; write what you want to be done.");
  }
  return parts;
}

async function inlineImage(file: string, number: number): Promise<ContentPart[]> {
  const type = imageTypes[path.extname(file).toLowerCase()];
  if (type === undefined) throw new UserInputError(`${file} is not an image that can be sent (PNG, JPEG, GIF, WebP).`);
  const bytes = await readImage(file);
  return [
    { type: "input_text", text: `<image name=[Image #${number}] path="${file}">` },
    { type: "input_image", image_url: `data:${type};base64,${bytes.toString("base64")}`, detail: "auto" },
    { type: "input_text", text: "</image>" },
  ];
}

async function readImage(file: string): Promise<Buffer> {
  try {
    return await withRegularFile(await fs.realpath(file), async ({ stat, read }) => {
      const bytes = stat.size > BigInt(maxImageBytes) ? null : await read(0, maxImageBytes + 1);
      if (bytes !== null && bytes.length <= maxImageBytes) return bytes;
      throw new UserInputError(
        `The image ${file} has ${stat.size} bytes; at most ${maxImageBytes} can be sent. Scale it down.`,
      );
    });
  } catch (error) {
    if (error instanceof UserInputError) throw error;
    throw new UserInputError(
      `The image ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
