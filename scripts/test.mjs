// npm test: everything, from a fresh clone on. A failing step does not hide the others; the last line is the sum.
//   npm test -- [--only check,package,unit,integration,oldest,e2e]
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { setUp } from "./setup.mjs";
import { root } from "./setup/cache.mjs";
import { oldestNode, provideOldestNode } from "./setup/node.mjs";
import { SetupError, childEnvironment, npmCommand, main, run } from "./setup/processes.mjs";
import { failIfMissing, findBrowser } from "./setup/system-packages.mjs";
import { provideStrictWorkbench, provideWorkbench } from "./setup/workbench.mjs";

const results = path.join(root, "test-results");
const steps = ["check", "package", "unit", "integration", "oldest", "e2e"];

/** @typedef {{ passed: number, failed: number, skipped: number }} Count */
/** @typedef {{ name: string, count: Count, isCounted: boolean, seconds: number }} Outcome */
/** @type {Outcome[]} */
const outcomes = [];

await main(async () => {
  const chosen = readChoice();
  await mkdir(results, { recursive: true });
  try {
    const { node, nodeBinary, env, missing } = await setUp([
      ...(["integration", "oldest", "e2e"].some(isChosen) ? /** @type {const} */ (["agent", "browser"]) : []),
      ...(isChosen("e2e") ? /** @type {const} */ (["workbench"]) : []),
    ]);
    failIfMissing(missing);
    // Fetched and compiled while types, lint and the first suites run. Its failure is the e2e step's.
    const workbench = isChosen("e2e")
      ? provideWorkbench(node).then(provideStrictWorkbench)
      : Promise.resolve(undefined);
    workbench.catch(() => {});

    const npm = npmCommand();
    await step("check", () => runPlain(npm.command, [...npm.prefix, "run", "check"], env));
    await step("package", () => runPlain(nodeBinary, [path.join(root, "scripts", "package.mjs"), "--if-changed"], env));
    await step("unit", () => runVitest(nodeBinary, env, "unit", ["--project", "unit"]));
    await step("integration", () => {
      const given = { ...env, TURNWRIGHT_E2E_BROWSER: findBrowser() };
      return runVitest(nodeBinary, given, "integration", ["--project", "integration"]);
    });
    await step("oldest", async () => {
      const oldest = await provideOldestNode();
      if (oldest === undefined) {
        console.log(`Left out: there is no Node ${oldestNode} for this system.`);
        return { passed: 0, failed: 0, skipped: 0 };
      }
      const binary = oldest.bin === undefined ? process.execPath : path.join(oldest.bin, "node");
      console.log(`The command line and the server once more, on Node ${oldestNode}.`);
      return runVitest(binary, childEnvironment(oldest.bin), "oldest", [
        "--project",
        "integration",
        "test/cli",
        "test/app-server",
      ]);
    });
    await step("e2e", async () => {
      await workbench;
      return runVitest(nodeBinary, env, "e2e", [], path.join(root, "scripts", "e2e.mjs"));
    });
  } catch (error) {
    outcomes.push({ name: "set-up", count: { passed: 0, failed: 1, skipped: 0 }, isCounted: true, seconds: 0 });
    console.error(error instanceof SetupError ? `\n${error.message}` : error);
  }
  report();

  /** @param {string} name */
  function isChosen(name) {
    return chosen === undefined || chosen.includes(name);
  }

  /** @param {string} name @param {() => Promise<Count>} work */
  async function step(name, work) {
    if (!isChosen(name)) return;
    console.log(`\n=== ${name}`);
    const started = Date.now();
    /** @type {Count} */
    let count = { passed: 0, failed: 1, skipped: 0 };
    try {
      count = await work();
    } catch (error) {
      console.error(error instanceof SetupError ? error.message : error);
    }
    outcomes.push({
      name,
      count,
      isCounted: name !== "check" && name !== "package",
      seconds: Math.round((Date.now() - started) / 1000),
    });
  }
});

function readChoice() {
  const { only } = parse();
  const names = only?.split(",");
  const unknown = names?.find((name) => !steps.includes(name));
  if (unknown !== undefined) throw new SetupError(`There is no step ${unknown}. Steps: ${steps.join(", ")}.`);
  return names;
}

function parse() {
  try {
    return parseArgs({ options: { only: { type: "string" } } }).values;
  } catch (error) {
    throw new SetupError(`${/** @type {Error} */ (error).message}\nUsage: npm test -- [--only ${steps.join(",")}]`);
  }
}

/** A step that is right or wrong as a whole. It adds to the sum only when it fails. */
async function runPlain(command, args, env) {
  const code = await run(command, args, { cwd: root, env });
  return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/**
 * One suite. Counts come from vitest's own report; a suite that fails beyond its tests (a file that does not load, no
 * test at all, an error between tests) counts one failure more.
 */
async function runVitest(binary, env, name, args, script = path.join(root, "node_modules", "vitest", "vitest.mjs")) {
  const file = path.join(results, `${name}.json`);
  await rm(file, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const vitest = script.endsWith("vitest.mjs") ? ["run"] : [];
  const code = await run(binary, [script, ...vitest, ...args, ...reporters], { cwd: root, env });
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const {
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: pending,
    numTodoTests: todo,
  } = JSON.parse(text);
  const isBroken = (code !== 0 && failed === 0) || passed + failed === 0;
  return { passed, failed: isBroken ? failed + 1 : failed, skipped: pending + todo };
}

function report() {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  console.log("");
  for (const { name, count, isCounted, seconds } of outcomes) {
    for (const key of /** @type {const} */ (["passed", "failed", "skipped"])) sum[key] += count[key];
    const words = isCounted
      ? `${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ""}`
      : count.failed === 0
        ? "ok"
        : "FAILED";
    console.log(`${name.padEnd(12)} ${words.padEnd(32)} ${seconds} s`);
  }
  const ranNothing = sum.passed + sum.failed === 0 && outcomes.every((each) => each.isCounted);
  if (sum.failed > 0 || ranNothing) process.exitCode = 1;
  console.log(`\n${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ""}`);
}
