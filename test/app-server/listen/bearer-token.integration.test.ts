import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { readTokenFile } from "../../../src/app-server/listen/bearer-token.ts";
import { temporaryHome } from "../../helpers/cli.ts";

async function tokenFile(text: string, mode: number): Promise<string> {
  const file = path.join(await temporaryHome(), "token");
  await fs.writeFile(file, text);
  await fs.chmod(file, mode);
  return file;
}
const secret = "0123456789abcdef0123456789abcdef";

test("a token of one's own is read, and only a header with the whole of it carries it", async () => {
  const token = readTokenFile(await tokenFile(`${secret}\n`, 0o600));
  if (typeof token === "string") throw new Error(token);
  expect([`Bearer ${secret}`, `bearer  ${secret}`].map((header) => token.isIn(header))).toEqual([true, true]);
  for (const header of [
    undefined,
    "",
    secret,
    `Bearer ${secret}0`,
    `Bearer ${secret.slice(1)}`,
    `Basic ${secret}`,
    "Bearer ",
  ]) {
    expect(token.isIn(header)).toBe(false);
  }
});

test.each([0o640, 0o604, 0o620, 0o666])("a file of mode %o is refused, and what to do is said", async (mode) => {
  const file = await tokenFile(secret, mode);
  expect(readTokenFile(file)).toBe(
    `${file} can be read or changed by others (mode ${mode.toString(8)}); run: chmod 600 ${file}`,
  );
});

test("what is no token is refused with the reason", async () => {
  expect(readTokenFile(await tokenFile("short", 0o600))).toContain("is shorter than 16 characters");
  expect(readTokenFile(await tokenFile("two words, many characters", 0o600))).toContain("without spaces");
  expect(readTokenFile(await tokenFile("x".repeat(5000), 0o600))).toContain("is longer than 4096 bytes");
  expect(readTokenFile(await temporaryHome())).toContain("is no regular file");
  expect(readTokenFile("/nonexistent/token")).toContain("the token cannot be read: ENOENT");
});
