import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { CliServer } from "../helpers/cli.ts";
import { errorOf, resultOf, startedServer, testFolder } from "../helpers/wire-client.ts";
import { wireErrors } from "../helpers/wire-schema.ts";
import { sessionErrors } from "../helpers/wire-session.ts";

/** A folder with these files, which hold nothing unless said. */
function tree(files: Readonly<Record<string, string>>, folder = testFolder()): string {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}
const git = (cwd: string, ...args: readonly string[]) =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd, stdio: "pipe" });

interface Found {
  readonly path: string;
  readonly score: number;
}
const pathsOf = (files: unknown): string[] => (files as readonly Found[]).map(({ path: found }) => found);

const find = async (server: CliServer, query: string, ...roots: readonly string[]): Promise<string[]> =>
  pathsOf((await resultOf(server.request("fuzzyFileSearch", { query, roots })))["files"]);

test("finds files and folders by name first, with the score and the characters that matched", async () => {
  const server = await startedServer();
  const root = tree({ "src/main.ts": "", "main/other.ts": "", "src/remain.md": "", "x/M-a-i-n.txt": "" });
  const { files } = await resultOf(server.request("fuzzyFileSearch", { query: "main", roots: [root] }));
  expect(files).toContainEqual({
    root,
    path: "src/main.ts",
    match_type: "file",
    file_name: "main.ts",
    score: expect.any(Number) as unknown,
    indices: [4, 5, 6, 7],
  });
  expect(files).toContainEqual(expect.objectContaining({ path: "main", match_type: "directory" }));
  const paths = pathsOf(files);
  expect(new Set(paths)).toEqual(new Set(["main", "src/main.ts", "src/remain.md", "x/M-a-i-n.txt", "main/other.ts"]));
  expect(paths[0]).toBe("main");
  expect(paths.at(-1)).toBe("main/other.ts");
  expect((files as unknown[]).flatMap((file) => wireErrors("FuzzyFileSearchResult", file) ?? [])).toEqual([]);
  const scores = (files as readonly Found[]).map(({ score }) => score);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  expect(sessionErrors(server.session) ?? []).toEqual([]);
});

test("finds nothing for an empty query, no roots or a root that is not there; relative roots are refused", async () => {
  const server = await startedServer();
  const root = tree({ "a.ts": "" });
  expect(await find(server, "", root)).toEqual([]);
  expect(await find(server, "a")).toEqual([]);
  expect(await find(server, "a", path.join(root, "gone"))).toEqual([]);
  expect(await find(server, "x".repeat(10_000), root)).toEqual([]);
  expect(await errorOf(server.request("fuzzyFileSearch", { query: "a", roots: ["rel"] }))).toEqual({
    code: -32600,
    message: "fuzzyFileSearch roots must be absolute paths: rel",
  });
});

test("tells at most 50 files", async () => {
  const server = await startedServer();
  const root = tree(Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`file${index}.ts`, ""])));
  expect(await find(server, "file", root)).toHaveLength(50);
});

test("in a repository finds what git tracks and what is new, not what is ignored or gone, and looks into nested ones", async () => {
  const server = await startedServer();
  const root = tree({
    "tracked.ts": "",
    "gone.ts": "",
    ".gitignore": "ignored.ts\n",
    "ignored.ts": "",
    "sub/deep.ts": "",
  });
  git(root, "init", "-q");
  git(root, "add", ".");
  git(root, "commit", "-qm", "1");
  const nested = tree({ "inner.ts": "", ".gitignore": "skipped.ts", "skipped.ts": "" }, path.join(root, "nested"));
  git(nested, "init", "-q");
  const module = tree({ "module.ts": "" }, path.join(root, "module"));
  git(module, "init", "-q");
  git(module, "add", ".");
  git(module, "commit", "-qm", "1");
  git(root, "add", "module");
  tree({ "new file ä.ts": "" }, root);
  execFileSync("rm", [path.join(root, "gone.ts")]);
  const found = await find(server, ".ts", root);
  const files = ["tracked.ts", "sub/deep.ts", "nested/inner.ts", "module/module.ts", "new file ä.ts"];
  expect(found.toSorted()).toEqual(files.toSorted());
  expect(await find(server, ".ts", path.join(root, "sub"))).toEqual(["deep.ts"]);
});

test("elsewhere walks by itself, under the rules of .gitignore files, and follows no links", async () => {
  const server = await startedServer();
  const root = tree({
    ".gitignore": "build/\n*.log\n!keep.log\n",
    "build/out.ts": "",
    "a.log": "",
    "keep.log": "",
    "src/a.ts": "",
    "src/.gitignore": "*.ts\n!b.ts\n",
    "src/b.ts": "",
    "node_modules/x/c.ts": "",
  });
  symlinkSync(root, path.join(root, "loop"));
  expect((await find(server, ".ts", root)).toSorted()).toEqual(["src/b.ts"]);
  expect(await find(server, "log", root)).toEqual(["keep.log"]);
  expect(await find(server, "loop", root)).toEqual(["loop"]);
});

test("a .gitignore made to keep the server busy does not", async () => {
  const server = await startedServer();
  const root = tree({ ".gitignore": `${"*a".repeat(40)}b\n`, ["a".repeat(250)]: "", "plain.ts": "" });
  expect(await find(server, "plain", root)).toEqual(["plain.ts"]);
});

test("nothing in a hostile repository is run by a search", async () => {
  const server = await startedServer();
  const root = tree({ "a.ts": "", ".gitattributes": "* filter=evil diff=evil\n" });
  const mark = path.join(testFolder(), "ran");
  const evil = path.join(testFolder(), "evil.sh");
  writeFileSync(evil, `#!/bin/sh\ntouch ${mark}\ncat\n`);
  chmodSync(evil, 0o755);
  git(root, "init", "-q");
  git(root, "add", "a.ts");
  git(root, "config", "core.fsmonitor", evil);
  git(root, "config", "filter.evil.clean", evil);
  git(root, "config", "core.hooksPath", path.dirname(evil));
  writeFileSync(path.join(root, "a.ts"), "changed");
  expect(await find(server, "a.ts", root)).toEqual(["a.ts"]);
  expect(existsSync(mark)).toBe(false);
  // The trap does work on who is less careful.
  git(root, "ls-files", "--others");
  git(root, "status");
  expect(existsSync(mark)).toBe(true);
});

test("a newer request with the same token ends an older one, which is answered with nothing", async () => {
  const server = await startedServer();
  const root = tree({ "a.ts": "", "b.ts": "" });
  const ask = (query: string, cancellationToken: string) =>
    resultOf(server.request("fuzzyFileSearch", { query, roots: [root], cancellationToken }));
  const [older, newer, other] = await Promise.all([ask("a", "t"), ask("b", "t"), ask("a", "u")]);
  expect([older["files"], pathsOf(newer["files"]), pathsOf(other["files"])]).toEqual([[], ["b.ts"], ["a.ts"]]);
});

/** The next update of a session for a query that is followed by its completion. */
async function completed(server: CliServer, from: number, query: string): Promise<string[]> {
  const isCompleted = () => {
    const told = server.session
      .slice(from)
      .filter(({ message }) => String(message["method"]).startsWith("fuzzyFileSearch/"));
    const last = told.at(-1)?.message["method"] === "fuzzyFileSearch/sessionCompleted" ? told.at(-2) : undefined;
    const params = Object(last?.message["params"]) as { query?: string; files?: unknown };
    return params.query === query ? pathsOf(params.files) : null;
  };
  await server.until(() => isCompleted() !== null);
  return isCompleted() ?? [];
}

test("a session lists once, and tells the best files for each query", async () => {
  const server = await startedServer();
  const root = tree({ "main.ts": "", "other.ts": "" });
  const session = { sessionId: "s" };
  let from = server.session.length;
  expect(await resultOf(server.request("fuzzyFileSearch/sessionStart", { ...session, roots: [root] }))).toEqual({});
  expect(await completed(server, from, "")).toEqual([]);
  for (const [query, expected] of [
    ["ma", ["main.ts"]],
    ["main", ["main.ts"]],
    ["zzz", []],
    ["ts", ["main.ts", "other.ts"]],
  ] as const) {
    from = server.session.length;
    expect(await resultOf(server.request("fuzzyFileSearch/sessionUpdate", { ...session, query }))).toEqual({});
    expect(await completed(server, from, query)).toEqual(expected);
  }
  expect(await resultOf(server.request("fuzzyFileSearch/sessionStop", session))).toEqual({});
  expect(sessionErrors(server.session) ?? []).toEqual([]);
  expect(await errorOf(server.request("fuzzyFileSearch/sessionUpdate", { ...session, query: "m" }))).toEqual({
    code: -32600,
    message: "fuzzy file search session not found: s",
  });
  expect(await resultOf(server.request("fuzzyFileSearch/sessionStop", session))).toEqual({});
});

test("of queries in quick succession only the last is completed", async () => {
  const server = await startedServer();
  const root = tree({ "main.ts": "" });
  await resultOf(server.request("fuzzyFileSearch/sessionStart", { sessionId: "s", roots: [root] }));
  const from = server.session.length;
  for (const query of ["m", "ma", "mai"]) {
    void server.request("fuzzyFileSearch/sessionUpdate", { sessionId: "s", query }).catch(() => undefined);
  }
  expect(await completed(server, from, "mai")).toEqual(["main.ts"]);
});

test("sessions are refused in the protocol's words, and are experimental", async () => {
  const server = await startedServer();
  const start = (params: object) => errorOf(server.request("fuzzyFileSearch/sessionStart", params));
  expect(await start({ sessionId: "", roots: ["/"] })).toEqual({
    code: -32600,
    message: "sessionId must not be empty",
  });
  expect(await start({ sessionId: "s", roots: [] })).toEqual({
    code: -32603,
    message: "failed to start fuzzy file search session: at least one search directory is required",
  });
  const root = tree({ "a.ts": "" });
  for (let index = 0; index < 16; index += 1) {
    await resultOf(server.request("fuzzyFileSearch/sessionStart", { sessionId: `s${index}`, roots: [root] }));
  }
  expect(await start({ sessionId: "more", roots: [root] })).toMatchObject({ code: -32600 });
  const old = await startedServer({ experimentalApi: false });
  expect(await errorOf(old.request("fuzzyFileSearch/sessionStart", { sessionId: "s", roots: [root] }))).toEqual({
    code: -32600,
    message: "fuzzyFileSearch/sessionStart requires experimentalApi capability",
  });
});
