import { expect, test } from "vitest";
import type { Library } from "../../src/core/library.ts";
import { completionHandlers } from "../../src/extension/completions.ts";
import { startServer } from "../helpers/app-server.ts";
import { openWindow } from "./window.ts";

const library = (over: Partial<Library>): Library => ({
  skills: async () => ({ skills: [], errors: [] }),
  skillRoots: async () => [],
  createSkillWatch: () => ({ follow: async () => undefined, close: () => undefined }),
  turnSkill: async () => true,
  prompts: async () => ({ prompts: [], errors: [] }),
  expand: async () => "",
  ...over,
});

/** The completions of a window whose folders are `/repo` and `/other`. */
async function completions(over: Partial<Library>, isTurnwright = true) {
  const { server } = startServer(undefined, { skillLibrary: async () => library(over) });
  const { connection } = await openWindow(server);
  return completionHandlers({
    server: { connect: async () => ({ ...connection(), isTurnwright }) },
    directory: async () => "/repo",
    folders: () => ["/repo", "/other"],
  });
}
const { signal } = new AbortController();

test("skills that are turned off are not offered, and the folder is the window's own", async () => {
  const asked: string[] = [];
  const skill = (name: string, enabled: boolean) => ({
    name,
    description: `When ${name}`,
    path: `/repo/.agents/skills/${name}/SKILL.md`,
    scope: "repo" as const,
    enabled,
  });
  const handlers = await completions({
    skills: async (cwd) => {
      asked.push(cwd);
      return { skills: [skill("review", true), skill("release", false)], errors: [] };
    },
  });
  const { path, description } = skill("review", true);
  expect(await handlers["host/listSkills"]({}, signal)).toEqual({ skills: [{ name: "review", description, path }] });
  expect(asked).toEqual(["/repo"]);
});

test("prompts are asked of our own server only", async () => {
  const prompt = {
    name: "port",
    description: null,
    argumentHint: "FILE",
    path: "/home/prompts/port.md",
    scope: "user" as const,
    body: "Port $1",
  };
  const over: Partial<Library> = {
    prompts: async () => ({ prompts: [prompt], errors: [] }),
    expand: async (cwd, path, typed) => `${cwd} ${path} ${typed}`,
  };
  const ours = await completions(over);
  expect(await ours["host/listPrompts"]({}, signal)).toEqual({
    prompts: [{ name: "port", description: null, argumentHint: "FILE", path: "/home/prompts/port.md" }],
  });
  expect(await ours["host/expandPrompt"]({ path: prompt.path, arguments: "a.js" }, signal)).toEqual({
    text: "/repo /home/prompts/port.md a.js",
  });
  const other = await completions(over, false);
  expect(await other["host/listPrompts"]({}, signal)).toEqual({ prompts: [] });
  await expect(other["host/expandPrompt"]({ path: prompt.path, arguments: "" }, signal)).rejects.toThrow(
    "This app server has no prompts.",
  );
});

test("files are named as the agent finds them: relative in its folder, absolute elsewhere", async () => {
  const { server } = startServer();
  const { connection } = await openWindow(server);
  const found = (root: string, path: string, kind: "file" | "directory" = "file") => ({
    root,
    path,
    match_type: kind,
    file_name: path,
    score: 1,
  });
  const asked: unknown[] = [];
  const handlers = completionHandlers({
    server: {
      connect: async () => ({
        ...connection(),
        request: async (_method: string, params: unknown) => {
          asked.push(params);
          return {
            files: [found("/repo", "src/a.ts"), found("/repo", "src", "directory"), found("/other", "b.ts")],
          } as never;
        },
      }),
    },
    directory: async () => "/repo",
    folders: () => ["/repo", "/other"],
  });
  expect(await handlers["host/findFiles"]({ query: "a" }, signal)).toEqual({
    files: [{ path: "src/a.ts" }, { path: "/other/b.ts" }],
  });
  expect(asked).toEqual([{ query: "a", roots: ["/repo", "/other"], cancellationToken: "composer" }]);
});
