import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { userContent, UserInputError } from "../../../src/core/prompt/user-input.ts";
import { makeNamedPipe } from "../../helpers/named-pipe.ts";

async function folder() {
  const at = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-input-")));
  const image = (name: string) => userContent([{ type: "localImage", path: path.join(at, name) }]);
  return { at, image, [Symbol.asyncDispose]: () => fs.rm(at, { recursive: true }) };
}

test("an image is inlined as it is, also through a link", async () => {
  await using files = await folder();
  await fs.writeFile(path.join(files.at, "a.png"), "bytes");
  await fs.symlink("a.png", path.join(files.at, "b.png"));
  for (const name of ["a.png", "b.png"]) {
    expect(await files.image(name)).toEqual([
      { type: "input_text", text: `<image name=[Image #1] path="${path.join(files.at, name)}">` },
      { type: "input_image", image_url: `data:image/png;base64,${btoa("bytes")}`, detail: "auto" },
      { type: "input_text", text: "</image>" },
    ]);
  }
});

test("a pipe, a device, a folder and a missing file are refused at once", async () => {
  await using files = await folder();
  makeNamedPipe(path.join(files.at, "pipe.png"));
  await fs.symlink("/dev/zero", path.join(files.at, "zero.png"));
  await fs.mkdir(path.join(files.at, "folder.png"));
  for (const name of ["pipe.png", "zero.png"]) {
    await expect(files.image(name)).rejects.toThrow(UserInputError);
    await expect(files.image(name)).rejects.toThrow("it is not a regular file");
  }
  await expect(files.image("folder.png")).rejects.toThrow("it is a folder");
  await expect(files.image("missing.png")).rejects.toThrow(UserInputError);
});

test("an image that is too large is refused before it is read", async () => {
  await using files = await folder();
  const file = path.join(files.at, "a.png");
  await fs.writeFile(file, "");
  await fs.truncate(file, 2 ** 40); // sparse: it takes no room on the disk, and would not fit into memory
  await expect(files.image("a.png")).rejects.toThrow(`has ${2 ** 40} bytes; at most`);
});
