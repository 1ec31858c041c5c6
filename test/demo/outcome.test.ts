import { expect, test } from "vitest";
import { readCommandOutcome, readPatchOutcome } from "../../src/demo/outcome.ts";

const tail = "\nOriginal token count: 2\nOutput:\n";

test.each([
  [
    `Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code 3${tail}no sandbox here\n`,
    { kind: "exited", exitCode: 3, output: "no sandbox here\n" },
  ],
  [`Process exited with code 143 (SIGTERM)${tail}`, { kind: "exited", exitCode: 143, output: "" }],
  [`Process running with session ID 93545${tail}so far`, { kind: "running", sessionId: 93545, output: "so far" }],
  ["not run: the user declined this command. Do not try to do the same in another way.", { kind: "declined" }],
  ['exec_command failed: CreateProcess { message: "Rejected(\\"rejected by user\\")" }', { kind: "declined" }],
  ["exec_command failed: spawn ENOENT", { kind: "failed" }],
  ["not run: approval policy is never, so a command cannot leave the sandbox.", { kind: "refused" }],
  ["not run: Commands cannot be sandboxed: bubblewrap is not installed.", { kind: "noSandbox" }],
  ["not run: there is no sandbox (bubblewrap is not installed) and approval policy is never.", { kind: "noSandbox" }],
])("a command that answers %j", (text, outcome) => {
  expect(readCommandOutcome(text)).toMatchObject(outcome);
});

test.each([
  [
    "Exit code: 0\nOutput:\nSuccess. Updated the following files:\nA /w/a.ts\nM /w/b.ts\n",
    { kind: "applied", paths: ["/w/a.ts", "/w/b.ts"] },
  ],
  [
    "The user accepted a part of the patch. Updated the following files:\nA /w/a.ts\nRejected by the user: /w/b.ts\n",
    { kind: "applied", paths: ["/w/a.ts"] },
  ],
  [
    "Success. Updated the following files:\nA a.ts\nNot accepted, left as they were:\nM b.ts\n",
    { kind: "applied", paths: ["a.ts"] },
  ],
  ["Success. The patch changes nothing: the files are like that already.", { kind: "applied", paths: [] }],
  ["patch rejected by user; nothing was written. Do not make the same change in another way.", { kind: "declined" }],
  ["patch refused: plan mode is on, nothing is changed.", { kind: "refused" }],
  ["apply_patch verification failed: line 3 was rejected", { kind: "failed" }],
  ['"/w/b.ts" is not as it was when the patch was checked: it was changed. Nothing was changed.', { kind: "failed" }],
])("a patch that answers %j", (text, outcome) => {
  expect(readPatchOutcome(text)).toMatchObject(outcome);
});
