/** What scripts/e2e.mjs prepares before the editor tests start. All are absolute paths, except the browser's address. */
export interface E2eEnvironment {
  /** The workbench with VS Code's gate on proposed API in place. */
  readonly workbench: string;
  /** The VSIX of this checkout, and the extensions folder it was installed into. */
  readonly vsix: string;
  readonly extensions: string;
  /** The VSIX of test/e2e/host. */
  readonly hostVsix: string;
  /** WebSocket address of the one browser of this run. */
  readonly browser: string;
  /** Where pictures go. */
  readonly results: string;
}

declare module "vitest" {
  interface ProvidedContext {
    e2e: E2eEnvironment;
  }
}
