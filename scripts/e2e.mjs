// npm run test:e2e: the editor tests. Arguments go to vitest: npm run test:e2e -- smoke -t "opens"
import path from "node:path";
import { readFile } from "node:fs/promises";
import { setUp } from "./setup.mjs";
import { root } from "./setup/cache.mjs";
import { SetupError, main, run } from "./setup/processes.mjs";
import { failIfMissing, findBrowser } from "./setup/system-packages.mjs";
import { provideStrictWorkbench, provideWorkbench } from "./setup/workbench.mjs";

await main(async () => {
  const { node, nodeBinary, env, missing } = await setUp(["agent", "workbench", "browser"]);
  failIfMissing(missing);
  const workbench = await provideStrictWorkbench(await provideWorkbench(node));
  const packing = [path.join(root, "scripts", "package.mjs"), "--if-changed"];
  if ((await run(nodeBinary, packing, { cwd: root, env })) !== 0)
    throw new SetupError("The extension could not be built, so there is nothing to test.");
  const { name, version } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
  const hostVsix = path.join(root, "test-results", "host-checks.vsix");
  const packed = await run(nodeBinary, [path.join(root, "scripts", "host-checks.mjs"), hostVsix], { cwd: root, env });
  if (packed !== 0) throw new SetupError("The checks inside the extension host could not be built.");
  const given = {
    TURNWRIGHT_E2E_WORKBENCH: workbench,
    TURNWRIGHT_E2E_BROWSER: findBrowser(),
    TURNWRIGHT_E2E_VSIX: path.join(root, `${name}-${version}.vsix`),
    TURNWRIGHT_E2E_HOST_VSIX: hostVsix,
  };
  const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
  const wanted = process.argv.slice(2);
  const args = [vitest, "run", ...(wanted.includes("--project") ? [] : ["--project", "e2e"]), ...wanted];
  process.exitCode = await run(nodeBinary, args, { cwd: root, env: { ...env, ...given } });
});
