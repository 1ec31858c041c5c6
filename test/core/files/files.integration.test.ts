import { rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { createFiles, maxFileBytes } from "../../../src/core/files/files.ts";
import { createGuard } from "../../../src/core/files/guard.ts";
import { isWithin, locationOf } from "../../../src/core/files/location.ts";
import { testFolder } from "../../helpers/wire-client.ts";

const filesWith = (home: string) => createFiles(createGuard({ home, secrets: [path.join(home, "keys")] }));

test("a file of the greatest size is read and written whole", async () => {
  const folder = testFolder();
  const files = filesWith(path.join(folder, "home"));
  const file = path.join(folder, "big");
  writeFileSync(file, "");
  truncateSync(file, maxFileBytes);
  const bytes = await files.read(file);
  expect(bytes.length).toBe(maxFileBytes);
  await files.write(path.join(folder, "copy"), bytes);
  expect(statSync(path.join(folder, "copy")).size).toBe(maxFileBytes);
});

test("a path leads where its links lead, also beyond what exists", async () => {
  const folder = testFolder();
  const at = (name: string) => path.join(folder, name);
  symlinkSync("b/c", at("a"));
  expect(await locationOf(at("a/x/y"))).toBe(at("b/c/x/y"));
  symlinkSync("loop", at("loop"));
  await expect(locationOf(at("loop/x"))).rejects.toMatchObject({ code: "ELOOP" });
  writeFileSync(at("file"), "");
  await expect(locationOf(at("file/x"))).rejects.toMatchObject({ code: "ENOTDIR" });
  symlinkSync("/nowhere/../etc", at("out"));
  expect(await locationOf(at("out/x"))).toBe("/etc/x");
  rmSync(at("out"));
});

test.each([
  ["/a", "/a", true],
  ["/a/b", "/a", true],
  ["/ab", "/a", false],
  ["/", "/a", false],
  ["/a/..b", "/a", true],
  ["/a", "/", true],
])("%s within %s: %s", (target, folder, is) => {
  expect(isWithin(target, folder)).toBe(is);
});
