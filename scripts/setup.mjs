// Brings a fresh machine (Debian 12, Node 20, nothing else) to where the project can be built, started and tested. Uses
// nothing but Node's own modules, since it runs before anything is installed. Safe to run again, and twice at once.
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { cache, root } from "./setup/cache.mjs";
import { provideDependencies } from "./setup/dependencies.mjs";
import { mainNode, provideNode } from "./setup/node.mjs";
import { childEnvironment, main } from "./setup/processes.mjs";
import { failIfMissing, howToInstall, provideSystemPackages } from "./setup/system-packages.mjs";
import { provideStrictWorkbench, provideWorkbench } from "./setup/workbench.mjs";

/**
 * Node, the project's packages and the system packages of these groups. What the agent can do without is only
 * reported; a missing browser or compiler is told by who needs it.
 * @param {Parameters<typeof provideSystemPackages>[0]} groups
 */
export async function setUp(groups) {
  if (!existsSync(path.join(root, "package-lock.json"))) throw new Error(`${root} is not a checkout of Turnwright.`);
  const node = await provideNode(mainNode);
  const [missing] = await Promise.all([provideSystemPackages(groups), provideDependencies(node.bin)]);
  return {
    node,
    missing,
    env: childEnvironment(node.bin),
    /** The Node binary to start scripts with. */
    nodeBinary: node.bin === undefined ? process.execPath : path.join(node.bin, "node"),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    const { node, missing } = await setUp(["agent", "workbench", "browser"]);
    if (missing.length > 0) console.log(howToInstall(missing));
    failIfMissing(missing.filter((each) => each.group === "workbench"));
    await provideStrictWorkbench(await provideWorkbench(node));
    console.log(`Ready. Everything that was fetched lies in ${cache} and node_modules.`);
  });
}
