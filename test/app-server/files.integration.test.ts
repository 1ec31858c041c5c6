import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { makeNamedPipe } from "../helpers/named-pipe.ts";
import { errorOf, resultOf, startedServer, testFolder } from "../helpers/wire-client.ts";
import { sessionErrors } from "../helpers/wire-session.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const refused = (message: unknown) => ({ code: -32600, message });
const system = (message: unknown) => ({ code: -32603, message });
const missing = system("No such file or directory (os error 2)");
const noFolder = system("Not a directory (os error 20)");
const containing = (text: string) => expect.stringContaining(text) as unknown;

/** A server and a folder with a file, a folder and links. */
async function scene() {
  const server = await startedServer();
  const folder = testFolder();
  const at = (name: string) => path.join(folder, name);
  mkdirSync(at("dir/sub"), { recursive: true });
  writeFileSync(at("file"), "hi\n", { mode: 0o755 });
  writeFileSync(at("dir/a"), "a");
  symlinkSync("file", at("link"));
  symlinkSync("dir", at("dirlink"));
  symlinkSync("nowhere", at("dangling"));
  makeNamedPipe(at("fifo"));
  return {
    server,
    at,
    ok: (method: string, params: object) => resultOf(server.request(method, params)),
    fail: (method: string, params: object) => errorOf(server.request(method, params)),
  };
}

test("fs/readFile reads files, through links too, and says what it cannot", async () => {
  const { at, ok, fail } = await scene();
  expect(await ok("fs/readFile", { path: at("file") })).toEqual({ dataBase64: base64("hi\n") });
  expect(await ok("fs/readFile", { path: at("link") })).toEqual({ dataBase64: base64("hi\n") });
  expect(await fail("fs/readFile", { path: at("gone") })).toEqual(missing);
  expect(await fail("fs/readFile", { path: at("dangling") })).toEqual(missing);
  expect(await fail("fs/readFile", { path: at("file/x") })).toEqual(noFolder);
  expect(await fail("fs/readFile", { path: at("dir") })).toEqual(refused(`path \`${at("dir")}\` is not a file`));
  expect(await fail("fs/readFile", { path: at("fifo") })).toEqual(refused(`path \`${at("fifo")}\` is not a file`));
  expect(await fail("fs/readFile", { path: at("a\0b") })).toEqual(
    refused("file name contained an unexpected NUL byte"),
  );
  const big = at("big");
  writeFileSync(big, "");
  truncateSync(big, 32 * 1024 * 1024 + 1);
  expect(await fail("fs/readFile", { path: big })).toEqual(refused(containing("read it in parts")));
});

test("every fs method wants absolute paths", async () => {
  const { fail } = await scene();
  const relative = refused("Invalid request: AbsolutePathBuf deserialized without a base path");
  for (const method of ["readFile", "createDirectory", "getMetadata", "readDirectory", "remove"]) {
    expect(await fail(`fs/${method}`, { path: "relative" })).toEqual(relative);
  }
  expect(await fail("fs/writeFile", { path: "", dataBase64: "" })).toEqual(relative);
  expect(await fail("fs/watch", { path: "relative", watchId: "w" })).toEqual(relative);
  expect(await fail("fs/copy", { sourcePath: "/x", destinationPath: "y" })).toEqual(relative);
});

test("fs/writeFile replaces a file at once, keeps its mode, and writes through links", async () => {
  const { server, at, ok, fail } = await scene();
  const before = statSync(at("file")).ino;
  expect(await ok("fs/writeFile", { path: at("link"), dataBase64: base64("new") })).toEqual({});
  expect(readFileSync(at("file"), "utf8")).toBe("new");
  expect(statSync(at("file")).mode & 0o777).toBe(0o755);
  expect(statSync(at("file")).ino).not.toBe(before);
  expect(lstatSync(at("link")).isSymbolicLink()).toBe(true);
  await ok("fs/writeFile", { path: at("dangling"), dataBase64: base64("there") });
  expect(readFileSync(at("nowhere"), "utf8")).toBe("there");
  // Two names of one file stay that.
  linkSync(at("file"), at("second"));
  await ok("fs/writeFile", { path: at("second"), dataBase64: base64("both") });
  expect(readFileSync(at("file"), "utf8")).toBe("both");
  expect(sessionErrors(server.session) ?? []).toEqual([]);

  expect(await fail("fs/writeFile", { path: at("missing/x"), dataBase64: "" })).toEqual(missing);
  expect(await fail("fs/writeFile", { path: at("dir"), dataBase64: "" })).toEqual(
    system("Is a directory (os error 21)"),
  );
  const invalid = "fs/writeFile requires valid base64 dataBase64: ";
  expect(await fail("fs/writeFile", { path: at("file"), dataBase64: "%%" })).toEqual(
    refused(`${invalid}Invalid symbol 37, offset 0.`),
  );
  expect(await fail("fs/writeFile", { path: at("file"), dataBase64: "YQ" })).toEqual(
    refused(`${invalid}Invalid padding`),
  );
  const much = "A".repeat(4 * Math.ceil((32 * 1024 * 1024 + 1) / 3));
  expect(await fail("fs/writeFile", { path: at("file"), dataBase64: much })).toEqual(refused(containing("in parts")));
  expect(readFileSync(at("file"), "utf8")).toBe("both");
  expect(readdirSync(at(".")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("fs/createDirectory makes parents unless told not to", async () => {
  const { at, ok, fail } = await scene();
  expect(await ok("fs/createDirectory", { path: at("n/a/b") })).toEqual({});
  expect(await ok("fs/createDirectory", { path: at("n/a/b") })).toEqual({});
  expect(statSync(at("n/a/b")).isDirectory()).toBe(true);
  expect(await fail("fs/createDirectory", { path: at("m/a"), recursive: false })).toEqual(missing);
  const exists = system("File exists (os error 17)");
  expect(await fail("fs/createDirectory", { path: at("n/a/b"), recursive: false })).toEqual(exists);
  expect(await fail("fs/createDirectory", { path: at("file") })).toEqual(exists);
});

test("fs/getMetadata speaks of what a link leads to, and says that it is one", async () => {
  const { server, at, ok, fail } = await scene();
  const times = { createdAtMs: expect.any(Number) as unknown, modifiedAtMs: expect.any(Number) as unknown };
  expect(await ok("fs/getMetadata", { path: at("file") })).toEqual({
    isDirectory: false,
    isFile: true,
    isSymlink: false,
    ...times,
  });
  expect(await ok("fs/getMetadata", { path: at("dirlink") })).toEqual({
    isDirectory: true,
    isFile: false,
    isSymlink: true,
    ...times,
  });
  expect(await ok("fs/getMetadata", { path: at("fifo") })).toMatchObject({ isDirectory: false, isFile: false });
  expect(await fail("fs/getMetadata", { path: at("gone") })).toEqual(missing);
  expect(await fail("fs/getMetadata", { path: at("dangling") })).toEqual(missing);
  expect(sessionErrors(server.session) ?? []).toEqual([]);
});

test("fs/readDirectory lists what is there, links as what they lead to", async () => {
  const { server, at, ok, fail } = await scene();
  const { entries } = await ok("fs/readDirectory", { path: at(".") });
  const entry = (fileName: string, kind: "file" | "folder" | "other") => ({
    fileName,
    isDirectory: kind === "folder",
    isFile: kind === "file",
  });
  const sorted = (entries as { fileName: string }[]).toSorted((a, b) => (a.fileName < b.fileName ? -1 : 1));
  expect(sorted).toEqual([
    entry("dir", "folder"),
    entry("dirlink", "folder"),
    entry("fifo", "other"),
    entry("file", "file"),
    entry("link", "file"),
  ]);
  expect(await fail("fs/readDirectory", { path: at("file") })).toEqual(noFolder);
  expect(await fail("fs/readDirectory", { path: at("gone") })).toEqual(missing);
  expect(sessionErrors(server.session) ?? []).toEqual([]);
});

test("fs/remove takes folders with everything in them, links without what they lead to", async () => {
  const { at, ok, fail } = await scene();
  expect(await fail("fs/remove", { path: at("gone"), force: false })).toEqual(missing);
  expect(await ok("fs/remove", { path: at("gone") })).toEqual({});
  expect(await fail("fs/remove", { path: at("dir"), recursive: false })).toEqual(
    system("Directory not empty (os error 39)"),
  );
  expect(await ok("fs/remove", { path: at("dir/sub"), recursive: false })).toEqual({});
  expect(await ok("fs/remove", { path: at("dirlink") })).toEqual({});
  expect(existsSync(at("dir/a"))).toBe(true);
  expect(await ok("fs/remove", { path: at("dir") })).toEqual({});
  expect(existsSync(at("dir"))).toBe(false);
});

test("fs/copy copies files, links as links, and folders when told to", async () => {
  const { server, at, ok, fail } = await scene();
  symlinkSync("../file", at("dir/up"));
  chmodSync(at("dir/a"), 0o600);
  expect(await fail("fs/copy", { sourcePath: at("dir"), destinationPath: at("copy") })).toEqual(
    refused("fs/copy requires recursive: true when sourcePath is a directory"),
  );
  const folder = { sourcePath: at("dir"), destinationPath: at("copy"), recursive: true };
  expect(await ok("fs/copy", folder)).toEqual({});
  expect(readdirSync(at("copy")).toSorted()).toEqual(["a", "sub", "up"]);
  expect(lstatSync(at("copy/up")).isSymbolicLink()).toBe(true);
  expect(statSync(at("copy/a")).mode & 0o777).toBe(0o600);
  expect(await fail("fs/copy", folder)).toEqual(system("File exists (os error 17)"));
  expect(await fail("fs/copy", { ...folder, destinationPath: at("dir/sub/in") })).toEqual(
    refused("fs/copy cannot copy a directory to itself or one of its descendants"),
  );
  await ok("fs/copy", { sourcePath: at("link"), destinationPath: at("link2") });
  expect(lstatSync(at("link2")).isSymbolicLink()).toBe(true);
  await ok("fs/copy", { sourcePath: at("file"), destinationPath: at("dir/a") });
  expect(readFileSync(at("dir/a"), "utf8")).toBe("hi\n");
  await ok("fs/copy", { sourcePath: at("file"), destinationPath: at("file") });
  expect(readFileSync(at("file"), "utf8")).toBe("hi\n");
  expect(sessionErrors(server.session) ?? []).toEqual([]);
  expect(await fail("fs/copy", { sourcePath: at("gone"), destinationPath: at("x") })).toEqual(missing);
  expect(await fail("fs/copy", { sourcePath: at("file"), destinationPath: at("no/where") })).toEqual(missing);
  expect(await fail("fs/copy", { sourcePath: at("file"), destinationPath: at("dir") })).toEqual(
    system("Is a directory (os error 21)"),
  );
  expect(await fail("fs/copy", { sourcePath: at("fifo"), destinationPath: at("x") })).toEqual(
    refused("fs/copy only supports regular files, directories, and symlinks"),
  );
});

test("keys can be neither read nor written, by whatever path, and the state directory cannot be changed", async () => {
  const { server, at, ok, fail } = await scene();
  const auth = path.join(server.home, "auth.json");
  const config = path.join(server.home, "config.toml");
  writeFileSync(auth, "{}");
  symlinkSync(auth, at("innocent"));
  symlinkSync(server.home, at("home"));
  mkdirSync(at("into"));
  symlinkSync(server.home, at("into/sub"));
  const keys = refused(containing("place of keys"));
  const state = refused(containing("state directory"));
  for (const target of [auth, at("innocent"), at("home/auth.json"), path.join(homedir(), ".ssh/id_rsa")]) {
    expect(await fail("fs/readFile", { path: target })).toEqual(keys);
    expect(await fail("fs/getMetadata", { path: target })).toEqual(keys);
    expect(await fail("fs/writeFile", { path: target, dataBase64: "" })).toEqual(keys);
    expect(await fail("fs/copy", { sourcePath: at("file"), destinationPath: target })).toEqual(keys);
  }
  expect(await fail("fs/copy", { sourcePath: auth, destinationPath: at("x") })).toEqual(keys);
  expect(await fail("fs/watch", { path: auth, watchId: "w" })).toEqual(keys);
  expect(await ok("fs/readFile", { path: config })).toEqual({ dataBase64: "" });
  expect(await fail("fs/writeFile", { path: config, dataBase64: "" })).toEqual(state);
  expect(await fail("fs/remove", { path: config })).toEqual(state);
  expect(await fail("fs/createDirectory", { path: at("home/new") })).toEqual(state);
  const holds = refused(containing("do not touch"));
  expect(await fail("fs/remove", { path: path.dirname(server.home) })).toEqual(holds);
  expect(await fail("fs/copy", { sourcePath: server.home, destinationPath: at("x"), recursive: true })).toEqual(holds);
  const through = { sourcePath: at("dir"), destinationPath: at("into"), recursive: true };
  expect(await fail("fs/copy", through)).toEqual(state);
  expect(readFileSync(auth, "utf8")).toBe("{}");
  // Removing a link to it is not touching it.
  expect(await ok("fs/remove", { path: at("home") })).toEqual({});
  expect(existsSync(config)).toBe(true);
});

test("fs/watch tells changes of a file, of a folder's entries and of a place where nothing was, until fs/unwatch", async () => {
  const { server, at, ok, fail } = await scene();
  const changed = (watchId: string, name: string) =>
    server.until(({ method, params }) => {
      const { watchId: id, changedPaths = [] } = Object(params) as { watchId?: string; changedPaths?: string[] };
      return method === "fs/changed" && id === watchId && changedPaths.includes(at(name));
    });
  expect(await ok("fs/watch", { path: at("dir"), watchId: "folder" })).toEqual({ path: at("dir") });
  await ok("fs/watch", { path: at("file"), watchId: "file" });
  await ok("fs/watch", { path: at("later"), watchId: "later" });
  expect(await fail("fs/watch", { path: at("dir"), watchId: "folder" })).toEqual(
    refused("watchId already exists: folder"),
  );
  expect(await fail("fs/watch", { path: at("no/where"), watchId: "x" })).toEqual(missing);
  writeFileSync(at("dir/new"), "");
  await changed("folder", "dir/new");
  // As editors and git write.
  writeFileSync(at("file.tmp"), "replaced");
  renameSync(at("file.tmp"), at("file"));
  await changed("file", "file");
  mkdirSync(at("later"));
  await changed("later", "later");
  writeFileSync(at("later/inside"), "");
  await changed("later", "later/inside");
  rmSync(at("dir"), { recursive: true });
  await changed("folder", "dir");
  mkdirSync(at("dir"));
  await ok("fs/unwatch", { watchId: "later" });
  await ok("fs/unwatch", { watchId: "never" });
  const before = server.session.length;
  writeFileSync(at("later/unheard"), "");
  writeFileSync(at("dir/again"), "");
  await changed("folder", "dir/again");
  expect(JSON.stringify(server.session.slice(before))).not.toContain("unheard");
  expect(sessionErrors(server.session.filter(({ message }) => message["error"] === undefined)) ?? []).toEqual([]);
});

test("a client has a bound on its watches", async () => {
  const { at, ok, fail } = await scene();
  for (let index = 0; index < 256; index += 1) await ok("fs/watch", { path: at("file"), watchId: `w${index}` });
  expect(await fail("fs/watch", { path: at("file"), watchId: "more" })).toEqual(refused(containing("fs/unwatch")));
});
