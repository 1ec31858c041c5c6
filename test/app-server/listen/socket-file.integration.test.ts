import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { answers, claimSocketFile } from "../../../src/app-server/listen/socket-file.ts";
import { temporaryHome } from "../../helpers/cli.ts";

const modeOf = async (file: string): Promise<string> => ((await fs.stat(file)).mode & 0o777).toString(8);

async function listening(file: string): Promise<{ close: () => Promise<void> }> {
  const claim = await claimSocketFile(file);
  const server = net.createServer((socket) => socket.resume());
  await claim.listen(server);
  const close = async (): Promise<void> => {
    if (server.listening) await new Promise((resolve) => server.close(resolve));
    claim.release();
  };
  onTestFinished(close);
  return { close };
}

test("only the user can connect, in a folder that only the user can enter; nothing stays behind", async () => {
  const file = path.join(await temporaryHome(), "new", "s.sock");
  const { close } = await listening(file);
  expect([await modeOf(file), await modeOf(path.dirname(file)), await answers(file)]).toEqual(["600", "700", true]);
  await close();
  expect(await fs.readdir(path.dirname(file))).toEqual([]);
});

test("a path at which somebody listens is refused", async () => {
  const file = path.join(await temporaryHome(), "s.sock");
  await listening(file);
  await expect(claimSocketFile(file)).rejects.toMatchObject({
    reason: "taken",
    message: `another server listens at ${file} (process ${process.pid})`,
  });
  const other = path.join(await temporaryHome(), "other.sock");
  const stranger = net.createServer().listen(other);
  await once(stranger, "listening");
  onTestFinished(() => void stranger.close());
  await expect(claimSocketFile(other)).rejects.toMatchObject({
    reason: "taken",
    message: `another program listens at ${other}`,
  });
});

test("the socket of a killed server is taken over", async () => {
  const file = path.join(await temporaryHome(), "s.sock");
  const script = `require("net").createServer().listen(${JSON.stringify(file)}, () => console.log("up"))`;
  const dead = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(dead.stdout, "data");
  dead.kill("SIGKILL");
  await once(dead, "close");
  expect((await fs.lstat(file)).isSocket()).toBe(true);
  await listening(file);
  expect(await answers(file)).toBe(true);
});

test("what is no socket is left alone, links too", async () => {
  const folder = await temporaryHome();
  const file = path.join(folder, "config.toml");
  await expect(claimSocketFile(file)).rejects.toMatchObject({ message: `${file} is there already and is no socket` });
  const link = path.join(folder, "link");
  await fs.symlink(path.join(folder, "elsewhere"), link);
  await expect(claimSocketFile(link)).rejects.toMatchObject({ reason: "unusable" });
  expect((await fs.readdir(folder)).toSorted()).toEqual(["config.toml", "link"]);
});

test("a folder in which others could replace the socket, and a path that is too long, are refused with the reason", async () => {
  const folder = path.join(await temporaryHome(), "open");
  await fs.mkdir(folder);
  await fs.chmod(folder, 0o777);
  await expect(claimSocketFile(path.join(folder, "s"))).rejects.toThrow(`others may write to ${folder}`);
  await fs.chmod(folder, 0o1777);
  await listening(path.join(folder, "s"));
  await expect(claimSocketFile(path.join(folder, "x".repeat(120)))).rejects.toThrow("bytes long, and this is longer");
});
