import { defineConfig } from "vitest/config";

// `unit` is pure and fast (under 30 s in all); `integration` drives real processes, files and HTTP servers; `e2e` drives the
// packed extension in a real editor and is started by scripts/e2e.mjs, which prepares what it needs.
export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    // A busy machine takes its time; what comes late is right all the same.
    expect: { poll: { timeout: 15_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.{ts,tsx}"],
          exclude: ["test/**/*.integration.test.ts"],
          // Pure, so they share a module graph: a new one for each file takes longer than the tests.
          pool: "threads",
          isolate: false,
          // Random sequences take a second on a quiet machine.
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["test/**/*.integration.test.ts"],
          setupFiles: ["test/helpers/empty-home.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.e2e.ts"],
          globalSetup: ["test/e2e/global-setup.ts"],
          // One server and one browser at a time: a second one would take the first one's processor.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: { name: "figures", include: ["bench/*.figures.ts"], globalSetup: ["test/e2e/global-setup.ts"] },
      },
    ],
  },
});
