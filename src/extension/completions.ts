import { join } from "node:path";
import { invalidRequest } from "../protocol/errors.ts";
import type { completionMethods } from "../protocol/completions.ts";
import type { HostMethods } from "../protocol/host.ts";
import type { Handlers } from "../rpc/connection.ts";
import { nameOf } from "./links.ts";
import type { Server } from "./ports.ts";

export interface CompletionPorts {
  readonly server: Server;
  /** The folder in which the agent works. */
  readonly directory: () => Promise<string>;
  /** Paths of the workspace's folders. */
  readonly folders: () => readonly string[];
}

const mostFiles = 50;

/** What the composer offers while the user types, asked of the server for the folders of this window. */
export function completionHandlers({
  server,
  directory,
  folders,
}: CompletionPorts): Pick<Handlers<HostMethods>, keyof typeof completionMethods> {
  return {
    "host/listSkills": async () => {
      const connection = await server.connect();
      const { data } = await connection.request("skills/list", { cwds: [await directory()] });
      const enabled = data.flatMap(({ skills }) => skills.filter((skill) => skill.enabled));
      return { skills: enabled.map(({ name, description, path }) => ({ name, description, path })) };
    },

    "host/listPrompts": async () => {
      const connection = await server.connect();
      if (!connection.isTurnwright) return { prompts: [] };
      const { data } = await connection.request("turnwright/prompts/list", { cwd: await directory() });
      return {
        prompts: data.map(({ name, description, argumentHint, path }) => ({
          name,
          description: description ?? null,
          argumentHint: argumentHint ?? null,
          path,
        })),
      };
    },

    "host/expandPrompt": async ({ path, arguments: typed }) => {
      const connection = await server.connect();
      if (!connection.isTurnwright) throw invalidRequest("This app server has no prompts.");
      const cwd = await directory();
      const { text } = await connection.request("turnwright/prompts/expand", { cwd, path, arguments: typed });
      return { text };
    },

    "host/findFiles": async ({ query }) => {
      const roots = folders();
      if (roots.length === 0) return { files: [] };
      const connection = await server.connect();
      const { files } = await connection.request("fuzzyFileSearch", {
        query,
        roots: [...roots],
        cancellationToken: "composer",
      });
      const found = files.filter((file) => file.match_type === "file").slice(0, mostFiles);
      return { files: found.map(({ root, path }) => ({ path: nameOf(join(root, path), roots) })) };
    },
  };
}
