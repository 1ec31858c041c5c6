import path from "node:path";
import { GitError } from "../../core/git/git.ts";
import { invalidRequest } from "../../protocol/errors.ts";
import type { ClientMethods } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";

export const gitHandlers = ({ options }: HandlerContext): Pick<Handlers<ClientMethods>, "gitDiffToRemote"> => ({
  gitDiffToRemote: async ({ cwd }, signal) => {
    const fail = (why: string) =>
      invalidRequest(`failed to compute git diff to remote for cwd: ${JSON.stringify(cwd.slice(0, 4096))}: ${why}`);
    if (cwd.includes("\0")) throw fail("the path holds a NUL character");
    if (!path.isAbsolute(cwd)) throw fail("the path must be absolute");
    try {
      return await (await options.workspace()).diffToRemote(cwd, signal);
    } catch (error) {
      throw error instanceof GitError ? fail(error.message) : error;
    }
  },
});
