import { defineConfig } from "vitest/config";

// `unit` is pure and fast (under 30 s in all); `integration` drives real processes, files and HTTP servers.
export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    projects: [
      { extends: true, test: { name: "unit", include: ["test/**/*.test.{ts,tsx}"], exclude: ["test/**/*.integration.test.ts"] } },
      {
        extends: true,
        test: { name: "integration", include: ["test/**/*.integration.test.ts"], testTimeout: 30_000, hookTimeout: 60_000 },
      },
    ],
  },
});
