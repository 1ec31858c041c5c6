import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sandboxMissing, temporaryFolder } from "../core/exec/harness.ts";

const fixture = join(import.meta.dirname, "../fixtures/exec/run-sandbox.ts");

function sandbox(...args: string[]) {
  const home = temporaryFolder("/var/tmp");
  const env = { ...process.env, TURNWRIGHT_HOME: home, TEST_API_KEY: "SECRET", NODE_NO_WARNINGS: "1" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [fixture, ...args], {
    env,
    encoding: "utf8",
    input: "input",
  });
  return { status, stdout, stderr };
}

test("bad arguments run nothing", () => {
  expect(sandbox()).toMatchObject({ status: 125, stdout: "" });
  expect(sandbox("--mode", "everything", "--", "echo", "ran")).toMatchObject({ status: 125, stdout: "" });
  expect(sandbox("--nonsense", "--", "echo", "ran")).toMatchObject({ status: 125, stdout: "" });
  const missing = sandbox("--cd", "/nowhere", "--", "echo", "ran");
  expect(missing).toMatchObject({ status: 125, stdout: "" });
  expect(missing.stderr).toContain("/nowhere is not a folder");
});

test("full access runs the command as it is, with a clean environment and our streams", () => {
  const { status, stdout, stderr } = sandbox("--mode", "danger-full-access", "--", "sh", "-c", "cat; env >&2; exit 9");
  expect({ status, stdout }).toEqual({ status: 9, stdout: "input" });
  expect(stderr).not.toContain("SECRET");
});

if ((await sandboxMissing()) === null) {
  test("the workspace can be written, the rest cannot, and nothing is left behind", () => {
    const workspace = temporaryFolder("/var/tmp");
    const { status } = sandbox(
      "--cd",
      workspace,
      "--",
      "sh",
      "-c",
      "echo x > x; mkdir .vscode/y; echo z > ../z-turnwright; exit 3",
    );
    expect(status).toBe(3);
    expect(readdirSync(workspace)).toEqual(["x"]);
  });

  test("read-only writes nothing", () => {
    const workspace = temporaryFolder("/var/tmp");
    expect(sandbox("--mode", "read-only", "--cd", workspace, "--", "touch", "x").status).toBe(1);
    expect(readdirSync(workspace)).toEqual([]);
  });

  test("denied paths cannot be read", () => {
    const workspace = temporaryFolder("/var/tmp");
    mkdirSync(join(workspace, "d"));
    writeFileSync(join(workspace, "d/a"), "SECRET");
    writeFileSync(join(workspace, "b"), "SECRET");
    const denied = ["--deny-read", join(workspace, "d"), "--deny-read", join(workspace, "b")];
    const { status, stdout } = sandbox("--cd", workspace, ...denied, "--", "cat", "d/a", "b");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    const inside = sandbox("--cd", join(workspace, "d"), "--deny-read", workspace, "--", "cat", "a");
    expect(inside).toMatchObject({ status: 0, stdout: "SECRET" });
    const itself = sandbox("--cd", join(workspace, "d"), "--deny-read", join(workspace, "d"), "--", "echo", "ran");
    expect(itself).toMatchObject({ status: 125, stdout: "" });
    expect(itself.stderr).toContain("is hidden");
  });
}
