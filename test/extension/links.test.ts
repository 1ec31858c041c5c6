import { expect, test } from "vitest";
import { externalAddress, nameOf, placeOf } from "../../src/extension/links.ts";

test.each(["https://example.org/a?b=c", "http://localhost:3000/", "mailto:a@example.org"])(
  "%s may be opened",
  (address) => {
    expect(externalAddress(address)).toBe(address);
  },
);

test.each([
  "command:workbench.action.terminal.new",
  "file:///etc/passwd",
  "vscode://publisher.extension/run",
  "javascript:alert(1)",
  "data:text/html,<script>",
  "ssh://host",
  "/etc/passwd",
  "",
])("%s may not be opened", (address) => {
  expect(externalAddress(address)).toBeNull();
});

test("a path is taken from the first folder, and whether it is inside is known", () => {
  const folders = ["/repo", "/other"];
  expect(placeOf("src/a.ts", folders)).toEqual({ path: "/repo/src/a.ts", isInside: true });
  expect(placeOf("/other/b.ts", folders)).toEqual({ path: "/other/b.ts", isInside: true });
  expect(placeOf("../secret", folders)).toEqual({ path: "/secret", isInside: false });
  expect(placeOf("/repository/a", folders)).toEqual({ path: "/repository/a", isInside: false });
  expect(placeOf("..hidden", folders)).toEqual({ path: "/repo/..hidden", isInside: true });
});

test.each(["", "//server/share/a", "\\\\server\\share\\a", "a\0b"])("%j is no local path", (path) => {
  expect(placeOf(path, ["/repo"])).toBeNull();
});

test("the agent hears of a file by its path from the first folder, of any other by its whole path", () => {
  expect(nameOf("/repo/src/a.ts", ["/repo", "/other"])).toBe("src/a.ts");
  expect(nameOf("/other/src/a.ts", ["/repo", "/other"])).toBe("/other/src/a.ts");
  expect(nameOf("/a.ts", [])).toBe("/a.ts");
});

test("without a folder only absolute paths mean something", () => {
  expect(placeOf("a.ts", [])).toBeNull();
  expect(placeOf("/a.ts", [])).toEqual({ path: "/a.ts", isInside: false });
});
