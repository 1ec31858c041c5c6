import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import "./harness/environment.ts";
import { contactSheet } from "./harness/screens.ts";
import { installExtensions } from "./harness/workbench.ts";

/** Chromium without what it would do on its own: nothing leaves this machine, and root may run it. */
const browserArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--font-render-hinting=none",
];

/** Installs the VSIX once, by the real command, and starts the one browser. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = (name: string): string => {
    const value = process.env[name];
    if (value === undefined || value === "")
      throw new Error("Start the editor tests by `npm run test:e2e`, which prepares what they need.");
    return value;
  };
  const workbench = given("TURNWRIGHT_E2E_WORKBENCH");
  const vsix = given("TURNWRIGHT_E2E_VSIX");
  const hostVsix = given("TURNWRIGHT_E2E_HOST_VSIX");
  const results = path.join(project.config.root, "test-results", "e2e");
  await rm(results, { recursive: true, force: true });
  await mkdir(results, { recursive: true });

  const folder = await mkdtemp(path.join(tmpdir(), "turnwright-e2e-"));
  const extensions = path.join(folder, "extensions");
  const [browser] = await Promise.all([
    chromium.launchServer({ executablePath: given("TURNWRIGHT_E2E_BROWSER"), args: browserArguments }),
    installExtensions(workbench, { data: path.join(folder, "data"), extensions }, [vsix]),
  ]);
  project.provide("e2e", { workbench, vsix, extensions, hostVsix, browser: browser.wsEndpoint(), results });
  return async () => {
    const client = await chromium.connect(browser.wsEndpoint());
    await contactSheet(client, results);
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  };
}
