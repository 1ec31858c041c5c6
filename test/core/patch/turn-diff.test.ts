import { expect, test } from "vitest";
import { createTurnDiff } from "../../../src/core/patch/turn-diff.ts";

const file = (text: string, mode: number | null = 0o644): { text: string; mode: number | null } => ({ text, mode });

test("an added and an updated file show sorted by path, with full blob hashes", () => {
  const turn = createTurnDiff("/repo");
  turn.record([{ path: "/repo/a.txt", before: null, after: file("new line\n", null) }]);
  turn.record([{ path: "/repo/README.md", before: file("hello\n"), after: file("hello world\n") }]);
  expect(turn.text()).toBe(
    "diff --git a/README.md b/README.md\nindex ce013625030ba8dba906f756967f9e9ca394464a..3b18e512dba79e4c8300dd08aeb37f8e728b8dad\n--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-hello\n+hello world\n" +
      "diff --git a/a.txt b/a.txt\nnew file mode 100644\nindex 0000000000000000000000000000000000000000..86ba82a2e61b677ebd18b7186426a43fb3c81fc4\n--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+new line\n",
  );
});

test("a file shows its change since the start of the turn, not the last one", () => {
  const turn = createTurnDiff("/repo");
  turn.record([{ path: "/repo/a", before: file("1\n"), after: file("2\n") }]);
  turn.record([{ path: "/repo/a", before: file("2\n"), after: file("3\n") }]);
  expect(turn.text()).toContain("@@ -1 +1 @@\n-1\n+3\n");
});

test("a file whose net change is nil disappears", () => {
  const turn = createTurnDiff("/repo");
  turn.record([{ path: "/repo/a", before: file("1\n"), after: file("2\n") }]);
  turn.record([{ path: "/repo/b", before: null, after: file("x\n") }]);
  turn.record([{ path: "/repo/a", before: file("2\n"), after: file("1\n") }]);
  turn.record([{ path: "/repo/b", before: file("x\n"), after: null }]);
  expect(turn.text()).toBe("");
});

test("a deleted executable and a new empty file", () => {
  const turn = createTurnDiff("/repo");
  turn.record([{ path: "/repo/run.sh", before: file("x\n", 0o755), after: null }]);
  turn.record([{ path: "/repo/empty", before: null, after: file("") }]);
  expect(turn.text()).toBe(
    "diff --git a/empty b/empty\nnew file mode 100644\nindex 0000000000000000000000000000000000000000..e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\n" +
      "diff --git a/run.sh b/run.sh\ndeleted file mode 100755\nindex 587be6b4c3f93f93c489c0111bba5596147a26cb..0000000000000000000000000000000000000000\n--- a/run.sh\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
  );
});

test("names with blanks end in a tab, names with quotes are quoted, paths outside keep their whole path", () => {
  const turn = createTurnDiff("/repo");
  turn.record([
    { path: "/repo/a b", before: null, after: file("1\n") },
    { path: '/repo/say"x"', before: null, after: file("1\n") },
    { path: "/elsewhere/c", before: null, after: file("1\n") },
  ]);
  const text = turn.text();
  expect(text).toContain("+++ b/a b\t\n");
  expect(text).toContain('+++ "b/say\\"x\\""\n');
  expect(text).toContain("diff --git a/elsewhere/c b/elsewhere/c\n");
});
