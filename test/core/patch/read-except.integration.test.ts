import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parsePatch } from "../../../src/core/patch/parse.ts";
import { maxFileBytes, readExcept, readFromDisk } from "../../../src/core/patch/read-file.ts";
import { verifyPatch } from "../../../src/core/patch/verify.ts";
import { makeNamedPipe } from "../../helpers/named-pipe.ts";

let base: string;
let aws: string;
let temp: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "turnwright-deny-")));
  aws = join(base, "home/.aws");
  temp = join(base, "temp");
  mkdirSync(aws, { recursive: true });
  mkdirSync(temp);
  writeFileSync(join(aws, "credentials"), "aws_secret = SECRET\n");
  writeFileSync(join(temp, "open"), "open\n");
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const denied = { kind: "unreadable", message: "it may not be read" };

test("a denied file cannot be read by its name, through any link, or through a denied name that leads elsewhere", async () => {
  symlinkSync(join(aws, "credentials"), join(temp, "k"));
  symlinkSync("k", join(temp, "k2"));
  symlinkSync(aws, join(temp, "folder"));
  symlinkSync(join(temp, "open"), join(aws, "out"));
  const read = readExcept([aws]);
  const ways = [join(aws, "credentials"), "k", "k2", "folder/credentials", "folder", join(aws, "out"), "folder/out"];
  for (const way of ways) expect(await read(join(way.startsWith("/") ? "" : temp, way))).toEqual(denied);
  expect(await read(join(temp, "open"))).toMatchObject({ kind: "file", bytes: Buffer.from("open\n") });
});

test("a denied folder that is itself a link is denied under both names, and a denied file like a folder", async () => {
  renameSync(aws, join(base, "real"));
  symlinkSync(join(base, "real"), aws);
  const read = readExcept([aws, join(temp, "open")]);
  expect(await read(join(base, "real/credentials"))).toEqual(denied);
  expect(await read(join(aws, "credentials"))).toEqual(denied);
  expect(await read(join(temp, "open"))).toEqual(denied);
  expect(await read(join(temp, "open2"))).toMatchObject({ kind: "missing" });
});

test("nobody learns whether a file is in a denied folder", async () => {
  symlinkSync(join(aws, "nothing"), join(temp, "k"));
  const read = readExcept([aws]);
  expect(await read(join(aws, "nothing"))).toEqual(denied);
  expect(await read(join(temp, "k"))).toEqual(denied);
});

test("a patch that does not fit a linked secret says nothing of its content", async () => {
  symlinkSync(join(aws, "credentials"), join(temp, "k"));
  const parsed = parsePatch("*** Begin Patch\n*** Update File: k\n@@\n-aws_secret = WRONG\n+x\n*** End Patch\n");
  if (!parsed.ok) throw new Error(parsed.message);
  const verified = await verifyPatch(parsed.patch, { cwd: temp, read: readExcept([aws]) });
  expect(verified.ok).toBe(false);
  expect(JSON.stringify(verified)).toContain("it may not be read");
  expect(JSON.stringify(verified)).not.toContain("SECRET");
});

test("a link that is put in place while files are read opens nothing", async () => {
  // What a command in the background could do: swap a folder for a link, over and over.
  mkdirSync(join(temp, "d"));
  writeFileSync(join(temp, "d/credentials"), "harmless\n");
  symlinkSync(aws, join(temp, "swap"));
  const read = readExcept([aws]);
  const reading = new AbortController();
  const swapping = (async () => {
    while (!reading.signal.aborted) {
      renameSync(join(temp, "d"), join(temp, "away"));
      renameSync(join(temp, "swap"), join(temp, "d"));
      await new Promise(setImmediate);
      renameSync(join(temp, "d"), join(temp, "swap"));
      renameSync(join(temp, "away"), join(temp, "d"));
      await new Promise(setImmediate);
    }
  })();
  const seen = new Set<string>();
  for (let i = 0; i < 1500; i += 1) {
    const state = await read(join(temp, "d/credentials"));
    seen.add(state.kind === "file" ? state.bytes.toString() : state.kind);
  }
  reading.abort();
  await swapping;
  expect([...seen].filter((text) => text.includes("SECRET"))).toEqual([]);
  expect(seen).toContain("unreadable");
});

test("only regular files of a bounded size are read, and a pipe does not hold anybody up", async () => {
  makeNamedPipe(join(temp, "pipe"));
  symlinkSync("/dev/zero", join(temp, "zero"));
  writeFileSync(join(temp, "big"), "");
  truncateSync(join(temp, "big"), maxFileBytes + 1);
  linkSync(join(temp, "open"), join(temp, "second"));
  expect(await readFromDisk(join(temp, "pipe"))).toEqual({ kind: "unreadable", message: "it is not a regular file" });
  expect(await readFromDisk(join(temp, "zero"))).toEqual({ kind: "unreadable", message: "it is not a regular file" });
  expect(await readFromDisk(temp)).toEqual({ kind: "unreadable", message: "it is a folder" });
  expect(await readFromDisk(join(temp, "big"))).toEqual({ kind: "unreadable", message: "it is larger than 64 MiB" });
  expect(await readFromDisk(join(temp, "second"))).toMatchObject({ kind: "file", links: 2 });
});
