import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { builtCli, runCli, temporaryHome } from "../helpers/cli.ts";

test("policy check says verdict, reason and rule of words; the packed program needs nothing beside it", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "turnwright-policy-"));
  try {
    await cp(path.dirname(await builtCli()), path.join(folder, "dist"), { recursive: true });
    const options = { cli: path.join(folder, "dist", "cli.js"), cwd: folder };
    const danger = await runCli(["policy", "check", "--", "bash", "-c", "rm -rf x"], options);
    expect(danger.code).toBe(0);
    expect(JSON.parse(danger.stdout)).toEqual({
      verdict: "danger",
      reason: "rm with -f deletes without asking, also what is write-protected.",
      rule: "danger.rm-force",
      forbidden: false,
    });
    // One word with a blank in it is no command line.
    expect(JSON.parse((await runCli(["policy", "check", "--", "ls -la"], options)).stdout)).toMatchObject({
      verdict: "ask",
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("with --stdin each line is a command line and gets one verdict, by the rules of the state directory too", async () => {
  const home = await temporaryHome();
  try {
    await mkdir(path.join(home, "rules"));
    await writeFile(path.join(home, "rules", "a.rules"), 'prefix_rule(pattern=["npm", "test"], decision="allow")\n');
    const scripts = ["ls", "ls\u2028touch a", "touch a", "rm -rf x", "npm test", "echo 'ü\n'"];
    const { code, stdout } = await runCli(["policy", "check", "--stdin"], {
      cwd: home,
      env: { TURNWRIGHT_HOME: home },
      input: `${scripts.map((script) => JSON.stringify(script)).join("\n")}\n`,
    });
    expect([code, stdout]).toEqual([0, "safe\nask\nask\ndanger\nsafe\nsafe\n"]);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

test.each([
  [["policy"], "", /what shall be done/],
  [["policy", "verify"], "", /there is no policy verify/],
  [["policy", "check"], "", /give either --stdin or a command/],
  [["policy", "check", "--stdin", "--", "ls"], "", /give either/],
  [["policy", "check", "--stdin"], "ls\n", /one JSON string/],
])("turnwright %j with the input %j is refused with what to do", async (args, input, message) => {
  const { code, stderr } = await runCli(args, { input });
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
});
