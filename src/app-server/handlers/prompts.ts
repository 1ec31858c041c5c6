import path from "node:path";
import { invalidRequest } from "../../protocol/errors.ts";
import type { ClientMethods } from "../../protocol/methods.ts";
import type { promptMethods } from "../../protocol/prompts.ts";
import { maxInputChars } from "../../protocol/settings.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { forUser } from "../thread-errors.ts";

const absolute = (cwd: string): string => {
  if (!path.isAbsolute(cwd) || cwd.includes("\0")) {
    throw invalidRequest(`cwd must be an absolute path: ${JSON.stringify(cwd.slice(0, 200))}`);
  }
  return path.resolve(cwd);
};

export const promptHandlers = ({
  options,
}: HandlerContext): Pick<Handlers<ClientMethods>, keyof typeof promptMethods> => ({
  "turnwright/prompts/list": async ({ cwd }) => {
    const folder = absolute(cwd);
    const { prompts, errors } = await forUser(async () => (await options.skillLibrary()).prompts(folder));
    return {
      data: prompts.map(({ name, description, argumentHint, path: file, scope }) => ({
        name,
        description,
        argumentHint,
        path: file,
        scope,
      })),
      errors: errors.map((error) => ({ ...error })),
    };
  },

  "turnwright/prompts/expand": async ({ cwd, path: file, arguments: typed }) => {
    const folder = absolute(cwd);
    const words = typed ?? "";
    if (words.length > maxInputChars) {
      throw invalidRequest(
        `arguments has ${words.length} characters; at most ${maxInputChars} can be sent. Shorten it.`,
      );
    }
    return { text: await forUser(async () => (await options.skillLibrary()).expand(folder, file, words)) };
  },
});
