import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { startCliServer, type CliServer } from "../helpers/cli.ts";

async function write(file: string, text: string): Promise<string> {
  await fs.mkdir(path.dirname(file), { recursive: true });
  await fs.writeFile(file, text);
  return file;
}
const skill = (name: string): string => `---\nname: ${name}\ndescription: When ${name} is asked for\n---\n\nDo it.\n`;

async function initialize(server: CliServer): Promise<void> {
  await server.request("initialize", { clientInfo: { name: "probe", version: "1" } });
  server.send({ method: "initialized" });
}

test("skills/list tells each folder's skills and what is wrong with others; a skill that is turned off stays in the list", async () => {
  await using server = await startCliServer({ config: "# mine\n" });
  await initialize(server);
  const repo = await fs.realpath(await fs.mkdtemp(path.join(server.home, "repo-")));
  await write(path.join(repo, ".git/HEAD"), "");
  const review = await write(path.join(repo, ".agents/skills/review/SKILL.md"), skill("review"));
  const bad = await write(path.join(repo, ".agents/skills/bad/SKILL.md"), "nothing");
  const own = await write(path.join(server.home, "skills/release/SKILL.md"), skill("release"));
  const list = async () => (await server.request("skills/list", { cwds: [repo] }))["result"];
  const entry = (name: string, file: string, scope: string, enabled = true) => ({
    name,
    description: `When ${name} is asked for`,
    path: file,
    scope,
    enabled,
    pluginId: null,
  });
  const errors = [{ path: bad, message: "it does not begin with a front matter between two lines of ---" }];
  expect(await list()).toEqual({
    data: [{ cwd: repo, skills: [entry("review", review, "repo"), entry("release", own, "user")], errors }],
  });

  expect(await server.request("skills/config/write", { path: review, enabled: false })).toMatchObject({
    result: { effectiveEnabled: false },
  });
  await server.until(({ method }) => method === "skills/changed");
  await server.request("skills/config/write", { name: "release", enabled: false });
  expect(await list()).toMatchObject({
    data: [{ skills: [entry("review", review, "repo", false), entry("release", own, "user", false)] }],
  });
  const config = path.join(server.home, "config.toml");
  expect(await fs.readFile(config, "utf8")).toContain(`path = ${JSON.stringify(review)}, enabled = false`);
  expect(await server.request("skills/config/write", { name: "release", enabled: true })).toMatchObject({
    result: { effectiveEnabled: true },
  });
  await server.request("skills/config/write", { path: review, enabled: true });
  expect(await list()).toMatchObject({ data: [{ skills: [{ enabled: true }, { enabled: true }] }] });
  expect(await fs.readFile(config, "utf8")).toMatch(/^# mine\n/);
  expect(await fs.readFile(config, "utf8")).not.toContain("enabled");
});

test("without a folder skills/list takes the one in which the server runs; one that is not there has none", async () => {
  await using server = await startCliServer();
  await initialize(server);
  const cwd = await fs.realpath(server.home);
  expect(await server.request("skills/list", {})).toMatchObject({
    result: { data: [{ cwd, skills: [], errors: [] }] },
  });
  expect(await server.request("skills/list", { cwds: ["sub", "/nowhere"], forceReload: true })).toMatchObject({
    result: {
      data: [
        { cwd: "sub", skills: [] },
        { cwd: "/nowhere", skills: [] },
      ],
    },
  });
});

test("what cannot be asked is refused with what to do", async () => {
  await using server = await startCliServer();
  await initialize(server);
  const error = async (method: string, params: object) => (await server.request(method, params))["error"];
  const exactly = { code: -32602, message: "skills/config/write requires exactly one of path or name" };
  expect(await error("skills/config/write", { enabled: false })).toEqual(exactly);
  expect(await error("skills/config/write", { enabled: false, name: "a", path: "/a/SKILL.md" })).toEqual(exactly);
  expect(await error("skills/config/write", { enabled: false, path: "a/SKILL.md" })).toMatchObject({ code: -32600 });
  expect(await error("skills/list", { cwds: Array.from({ length: 65 }, () => "/") })).toMatchObject({
    message: "skills/list takes at most 64 folders, and was given 65; ask twice.",
  });
  expect(await error("turnwright/prompts/list", { cwd: "here" })).toMatchObject({
    message: 'cwd must be an absolute path: "here"',
  });
  expect(await error("turnwright/prompts/expand", { cwd: "/", path: "/etc/passwd" })).toMatchObject({
    message: "There is no prompt at /etc/passwd for this folder any more.",
  });
});

test("prompts are listed and filled in; those of a project only where the user trusts it", async () => {
  await using server = await startCliServer();
  await initialize(server);
  const repo = await fs.realpath(await fs.mkdtemp(path.join(server.home, "repo-")));
  await write(path.join(repo, ".git/HEAD"), "");
  const own = await write(
    path.join(server.home, "prompts/port.md"),
    "---\ndescription: Port a file\nargument-hint: FILE=<path> LANG=<language>\n---\n\nPort $FILE to $LANG.\n",
  );
  const theirs = await write(path.join(repo, ".turnwright/prompts/check.md"), "Check $ARGUMENTS.");
  const cwd = path.join(repo, "app");
  await fs.mkdir(cwd);
  const mine = {
    name: "port",
    description: "Port a file",
    argumentHint: "FILE=<path> LANG=<language>",
    path: own,
    scope: "user",
  };
  expect(await server.request("turnwright/prompts/list", { cwd })).toMatchObject({
    result: { data: [mine], errors: [] },
  });
  expect(
    await server.request("turnwright/prompts/expand", { cwd, path: own, arguments: 'FILE=a.js LANG="Type Script"' }),
  ).toMatchObject({ result: { text: "Port a.js to Type Script." } });
  expect(await server.request("turnwright/prompts/expand", { cwd, path: own, arguments: "" })).toMatchObject({
    error: { message: expect.stringContaining("/port needs FILE=… LANG=…") as unknown },
  });
  expect(await server.request("turnwright/prompts/expand", { cwd, path: theirs })).toMatchObject({
    error: { message: `There is no prompt at ${theirs} for this folder any more.` },
  });

  await fs.appendFile(
    path.join(server.home, "config.toml"),
    `\n[projects.${JSON.stringify(repo)}]\ntrust_level = "trusted"\n`,
  );
  const check = { name: "check", description: null, argumentHint: null, path: theirs, scope: "repo" };
  expect(await server.request("turnwright/prompts/list", { cwd })).toMatchObject({ result: { data: [mine, check] } });
  expect(
    await server.request("turnwright/prompts/expand", { cwd, path: theirs, arguments: "the tests" }),
  ).toMatchObject({ result: { text: "Check the tests." } });
});

test("who listed the skills of a folder hears when they change there", async () => {
  await using server = await startCliServer();
  await initialize(server);
  const repo = await fs.realpath(await fs.mkdtemp(path.join(server.home, "repo-")));
  await write(path.join(repo, ".git/HEAD"), "");
  const names = async (): Promise<unknown> => {
    const { result } = await server.request("skills/list", { cwds: [repo] });
    return (result as { data: { skills: { name: string; description: string }[] }[] }).data.flatMap(({ skills }) =>
      skills.map(({ name, description }) => `${name}: ${description}`),
    );
  };
  let told = 0;
  const changed = async (): Promise<void> => {
    let seen = 0;
    await server.until(({ method }) => method === "skills/changed" && ++seen > told);
    told = server.session.filter(({ message }) => message["method"] === "skills/changed").length;
  };
  /** Changes go on being told until all of it has been seen. */
  const become = async (expected: readonly string[]): Promise<void> => {
    do await changed();
    while (JSON.stringify(await names()) !== JSON.stringify(expected));
  };
  expect(await names()).toEqual([]);
  const review = path.join(repo, ".agents/skills/review/SKILL.md");
  await write(review, skill("review"));
  await become(["review: When review is asked for"]);
  await fs.writeFile(review, skill("review").replace("When", "Whenever"));
  await become(["review: Whenever review is asked for"]);
  await write(path.join(server.home, "skills/release/SKILL.md"), skill("release"));
  await become(["review: Whenever review is asked for", "release: When release is asked for"]);
  await fs.rm(path.join(repo, ".agents"), { recursive: true });
  await become(["release: When release is asked for"]);
});
