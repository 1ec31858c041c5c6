import { describe, expect, test } from "vitest";
import { parseApplyPatchCommand } from "../../../src/core/patch/heredoc.ts";
import { wrap } from "./memory-files.ts";

const patch = wrap("*** Add File: a", "+cost: $5");
const plain = wrap("*** Add File: a", "+x");

test.each([
  ["single quotes", `apply_patch <<'EOF'\n${patch}EOF`, { patch, cwd: null }],
  ["double quotes", `apply_patch << "PATCH"\n${patch}PATCH\n`, { patch, cwd: null }],
  ["the other name", `applypatch <<'EOF'\n${patch}EOF\n\n`, { patch, cwd: null }],
  ["no quotes and nothing to expand", `apply_patch <<EOF\n${plain}EOF`, { patch: plain, cwd: null }],
  ["a folder", `cd src/app && apply_patch <<'EOF'\n${patch}EOF`, { patch, cwd: "src/app" }],
  ["a folder with blanks", `cd "my folder" && apply_patch <<'EOF'\n${patch}EOF`, { patch, cwd: "my folder" }],
  ["a folder in single quotes", `cd '/a$b' && apply_patch <<'EOF'\n${patch}EOF`, { patch, cwd: "/a$b" }],
])("a heredoc with %s is a patch", (_name, command, expected) => {
  expect(parseApplyPatchCommand(command)).toEqual(expected);
});

describe("anything else stays a command", () => {
  test.each([
    ["another command before", `echo hi; apply_patch <<'EOF'\n${patch}EOF`],
    ["another command after", `apply_patch <<'EOF'\n${patch}EOF\nrm -rf x`],
    ["a command on the heredoc's line", `apply_patch <<'EOF' && rm x\n${patch}EOF`],
    ["a pipe", `apply_patch <<'EOF' | tee log\n${patch}EOF`],
    ["an argument", `apply_patch --check <<'EOF'\n${patch}EOF`],
    ["cd with ||", `cd x || apply_patch <<'EOF'\n${patch}EOF`],
    ["cd with ;", `cd x; apply_patch <<'EOF'\n${patch}EOF`],
    ["cd to a variable", `cd $HOME && apply_patch <<'EOF'\n${patch}EOF`],
    ["cd to a quoted variable", `cd "$HOME" && apply_patch <<'EOF'\n${patch}EOF`],
    ["cd to the home folder", `cd ~ && apply_patch <<'EOF'\n${patch}EOF`],
    ["cd with an option", `cd -P && apply_patch <<'EOF'\n${patch}EOF`],
    ["cd with two folders", `cd a b && apply_patch <<'EOF'\n${patch}EOF`],
    ["stripped tabs", `apply_patch <<-'EOF'\n${patch}EOF`],
    ["a text that the shell would expand", `apply_patch <<EOF\n${patch}EOF`],
    ["a text with a command substitution", "apply_patch <<EOF\n`id`\nEOF"],
    ["mismatched quotes", `apply_patch <<'EOF"\n${patch}EOF`],
    ["no end", `apply_patch <<'EOF'\n${patch}`],
    ["an indented end", `apply_patch <<'EOF'\n${patch} EOF`],
    ["a here string", `apply_patch <<<'EOF'\n${patch}EOF`],
    ["a similar name", `my_apply_patch <<'EOF'\n${patch}EOF`],
    ["a path to it", `./apply_patch <<'EOF'\n${patch}EOF`],
    ["nothing", ""],
  ])("%s", (_name, command) => {
    expect(parseApplyPatchCommand(command)).toBeNull();
  });

  test("a folder name that never ends is refused quickly", () => {
    expect(parseApplyPatchCommand(`cd ${"a".repeat(1_000_000)}`)).toBeNull();
  });
});
