import { expect, test } from "vitest";
import { absolutePath, relativePath, splitPath } from "../../webview-ui/paths.ts";

test("a path inside the folder is shown from there", () => {
  expect(relativePath("/repo/src/a.ts", "/repo")).toBe("src/a.ts");
  expect(relativePath("/repo/src/a.ts", "/repo/")).toBe("src/a.ts");
  expect(relativePath("C:\\repo\\a.ts", "C:\\repo")).toBe("a.ts");
});

test("a path elsewhere stays whole", () => {
  expect(relativePath("/repository/a.ts", "/repo")).toBe("/repository/a.ts");
  expect(relativePath("/etc/passwd", "/repo")).toBe("/etc/passwd");
  expect(relativePath("/a.ts", "")).toBe("/a.ts");
});

test("a relative path is taken from the folder, in its own style", () => {
  expect(absolutePath("src/a.ts", "/repo")).toBe("/repo/src/a.ts");
  expect(absolutePath("./src/a.ts", "/repo/")).toBe("/repo/src/a.ts");
  expect(absolutePath("a.ts", "C:\\repo")).toBe("C:\\repo\\a.ts");
  expect(absolutePath("/etc/x", "/repo")).toBe("/etc/x");
});

test("a path splits into folder and name", () => {
  expect(splitPath("src/a.ts")).toEqual({ name: "a.ts", folder: "src" });
  expect(splitPath("a.ts")).toEqual({ name: "a.ts", folder: "" });
});
