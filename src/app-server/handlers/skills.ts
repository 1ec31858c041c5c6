import path from "node:path";
import type { Library } from "../../core/library.ts";
import type { SkillSelector } from "../../core/skill-settings.ts";
import type { SkillWatch } from "../../core/skill-watch.ts";
import { errorCodes, invalidRequest, RpcError } from "../../protocol/errors.ts";
import type { ClientMethods } from "../../protocol/methods.ts";
import type { skillMethods } from "../../protocol/skills.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { forUser } from "../thread-errors.ts";

const maxFolders = 64;

export const skillHandlers = (context: HandlerContext): Pick<Handlers<ClientMethods>, keyof typeof skillMethods> => {
  const library = () => context.options.skillLibrary();

  let watch: SkillWatch | null = null;
  /** Tells this client of later changes of what it has asked for. */
  const follow = async (shelf: Library, folders: Iterable<string>): Promise<void> => {
    if (watch === null) {
      const made = shelf.createSkillWatch(() => context.connection.notify("skills/changed", {}));
      watch = made;
      void context.connection.peer.closed.then(() => made.close());
    }
    const roots = await Promise.all([...folders].map((folder) => shelf.skillRoots(folder)));
    await watch.follow(roots.flat());
  };

  return {
    "skills/list": async ({ cwds }) => {
      const asked = cwds === undefined || cwds.length === 0 ? [process.cwd()] : cwds;
      if (asked.length > maxFolders) {
        throw invalidRequest(
          `skills/list takes at most ${maxFolders} folders, and was given ${asked.length}; ask twice.`,
        );
      }
      const data = await forUser(async () => {
        const shelf = await library();
        // Before they are read: what changes meanwhile is told.
        await follow(shelf, new Set(asked.map((cwd) => path.resolve(cwd))));
        const found = new Map<string, ReturnType<typeof shelf.skills>>();
        return Promise.all(
          asked.map(async (cwd) => {
            const folder = path.resolve(cwd);
            const reading = found.get(folder) ?? shelf.skills(folder);
            found.set(folder, reading);
            return { cwd, ...(await reading) };
          }),
        );
      });
      return {
        data: data.map(({ cwd, skills, errors }) => ({
          cwd,
          skills: [...skills]
            .sort((a, b) => Number(a.scope === "user") - Number(b.scope === "user"))
            .map((skill) => ({ ...skill, pluginId: null })),
          errors: errors.map((error) => ({ ...error })),
        })),
      };
    },

    "skills/config/write": async ({ path: file, name, enabled }) => {
      const selector = selectorOf(file ?? null, name ?? null);
      const effectiveEnabled = await forUser(async () => (await library()).turnSkill(selector, enabled));
      context.connection.afterAnswer(() => {
        for (const one of context.connections) one.notify("skills/changed", {});
      });
      return { effectiveEnabled };
    },
  };
};

function selectorOf(file: string | null, name: string | null): SkillSelector {
  if (file !== null && name === null) {
    if (path.isAbsolute(file)) return { path: path.resolve(file) };
    throw invalidRequest(`path must be the absolute path of a SKILL.md: ${JSON.stringify(file.slice(0, 200))}`);
  }
  if (name !== null && name !== "" && file === null) return { name };
  throw new RpcError(errorCodes.invalidParams, "skills/config/write requires exactly one of path or name");
}
