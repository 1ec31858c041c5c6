import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { classifyPath, locate, protectedNames, resolvePatchPath } from "../../../src/core/patch/paths.ts";

let base: string;
let root: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "turnwright-paths-")));
  root = join(base, "ws");
  mkdirSync(join(root, "src"), { recursive: true });
  mkdirSync(join(base, "outside"));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const classify = (path: string, writableRoots = [root]): ReturnType<typeof classifyPath> =>
  classifyPath(resolvePatchPath(root, path), { writableRoots, protectedNames });

describe("inside", () => {
  test.each(["a.txt", "src/new/deep/file.ts", "./src/../a.txt", "...", "src/..a", ".github/x", "git/x"])(
    "%s",
    async (path) => {
      expect(await classify(path)).toBe("inside");
    },
  );
  test("a link to another place inside", async () => {
    symlinkSync(join(root, "src"), join(root, "link"));
    expect(await classify("link/x.ts")).toBe("inside");
  });
  test("a workspace that is itself reached through a link", async () => {
    symlinkSync(root, join(base, "alias"));
    expect(await classify(join(base, "alias/src/x"), [join(base, "alias")])).toBe("inside");
    expect(await classify(join(root, "src/x"), [join(base, "alias")])).toBe("inside");
  });
  test("a root that lies in a protected folder of another root", async () => {
    const worktree = join(root, ".codex/worktrees/a");
    mkdirSync(worktree, { recursive: true });
    expect(await classify(join(worktree, "src/x"), [root, worktree])).toBe("inside");
    expect(await classify(join(worktree, ".git/x"), [root, worktree])).toBe("protected");
  });
});

describe("outside", () => {
  test.each(["../x", "/etc/passwd", "src/../../x", "../ws2/x"])("%s", async (path) => {
    expect(await classify(path)).toBe("outside");
  });
  test("through a linked parent folder", async () => {
    symlinkSync(join(base, "outside"), join(root, "link"));
    expect(await classify("link/new/x")).toBe("outside");
  });
  test("through a link at the end, also one that leads nowhere yet", async () => {
    symlinkSync(join(base, "outside/new.txt"), join(root, "dangling"));
    symlinkSync("../outside/new.txt", join(root, "relative"));
    expect(await classify("dangling")).toBe("outside");
    expect(await classify("relative")).toBe("outside");
  });
  test("through a dangling link in the middle", async () => {
    symlinkSync(join(base, "outside/folder"), join(root, "later"));
    expect(await classify("later/x")).toBe("outside");
  });
  test("a link that leads to itself", async () => {
    symlinkSync(join(root, "loop"), join(root, "loop"));
    expect(await classify("loop")).toBe("outside");
    expect(await classify("loop/x")).toBe("outside");
  });
  test("a path through a file", async () => {
    writeFileSync(join(root, "file"), "");
    expect(await classify("file/x")).toBe("outside");
  });
});

describe("protected", () => {
  test.each([
    ".git/hooks/pre-commit",
    ".git",
    "packages/a/.git/config",
    ".GIT/config",
    ".Git/config",
    ".vscode/tasks.json",
    ".VSCODE/settings.json",
    ".turnwright/x",
    ".agents/x",
    ".codex/config.toml",
    ".mcp.json",
    "sub/.MCP.json",
    ".git./config",
    ".git /config",
    ".git::$INDEX_ALLOCATION/config",
    "git~1/config",
    ".g\u200cit/config",
    ".v\u017fcode/tasks.json",
  ])("%s", async (path) => {
    expect(await classify(path)).toBe("protected");
  });
  test("through a link with a harmless name", async () => {
    mkdirSync(join(root, ".git/hooks"), { recursive: true });
    symlinkSync(join(root, ".git/hooks"), join(root, "scripts"));
    expect(await classify("scripts/pre-commit")).toBe("protected");
  });
  test("a protected name that is itself a link", async () => {
    symlinkSync(join(root, "src"), join(root, ".vscode"));
    expect(await classify(".vscode/settings.json")).toBe("protected");
  });
});

test("a link's own place and its target are told apart", async () => {
  symlinkSync("src/real.ts", join(root, "link"));
  expect(await locate(join(root, "link"))).toEqual({
    place: join(root, "link"),
    target: join(root, "src/real.ts"),
    isLink: true,
  });
});
