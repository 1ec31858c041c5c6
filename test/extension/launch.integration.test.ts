import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { launchServer } from "../../src/extension/launch.ts";

const unanswered = async (): Promise<never> => {
  throw new Error("This client answers nothing.");
};

/** Starts a real process that runs `program`, as the extension would start a server. */
async function launch(program: string, handshakeMs = 10_000) {
  const folder = await mkdtemp(join(tmpdir(), "turnwright-launch-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "server.mjs");
  await writeFile(file, program);
  const logged: string[] = [];
  const started = launchServer({
    command: { command: process.execPath, args: [file], env: process.env },
    version: "1",
    handshakeMs,
    onServerRequest: {
      "item/commandExecution/requestApproval": unanswered,
      "item/fileChange/requestApproval": unanswered,
      "editor/applyEdit": unanswered,
    },
    onNotification: () => undefined,
    log: (line) => logged.push(line),
  });
  return { started, logged };
}

/** Answers the handshake; \`then\` runs after it. */
const server = (then: string): string => `
  import { createInterface } from "node:readline";
  const say = (message) => process.stdout.write(JSON.stringify(message) + "\\n");
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const { id, method, params } = JSON.parse(line);
    if (method === "initialize") {
      console.error("capabilities " + JSON.stringify(params.capabilities));
      say({ id, result: { userAgent: "x/" + process.pid, codexHome: "/home", platformFamily: "unix", platformOs: "linux" } });
    }
    if (method === "initialized") { ${then} }
  });
`;
const pidOf = (userAgent: string): number => Number(userAgent.slice(2));
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("a server is started, learns what the editor can do, and ends when its input ends", async () => {
  const { started, logged } = await launch(server(""));
  const running = await started;
  const { connection, initialized, ended } = running;
  expect(connection.isTurnwright).toBe(false);
  expect(logged).toContain(
    'capabilities {"experimentalApi":true,"extensions":{"turnwright":{"review":true,"editorWriter":true}}}',
  );
  await running.close();
  await expect(ended).resolves.toContain("status 0");
  expect(isAlive(pidOf(initialized.userAgent))).toBe(false);
});

test("a server that does not end by itself is killed", async () => {
  const { started } = await launch(server("setInterval(() => undefined, 1000)"));
  const running = await started;
  const { initialized, ended } = running;
  await running.close();
  await expect(ended).resolves.toContain("SIGKILL");
  expect(isAlive(pidOf(initialized.userAgent))).toBe(false);
});

test("a server that crashes says so, with its last words", async () => {
  const { started } = await launch(
    server('console.error("out of luck"); process.exitCode = 7; lines.close(); process.stdin.destroy();'),
  );
  const { ended } = await started;
  await expect(ended).resolves.toBe("It ended with status 7. Last words: out of luck");
});

test("a server that ends before it answers is no server, and its last words say why", async () => {
  const { started } = await launch('console.error("bad config"); process.exit(1);');
  await expect(started).rejects.toThrow("It ended with status 1. Last words: bad config");
});

test("a program that cannot be started is named", async () => {
  const started = launchServer({
    command: { command: "/does/not/exist", args: [], env: {} },
    version: "1",
    onServerRequest: {
      "item/commandExecution/requestApproval": unanswered,
      "item/fileChange/requestApproval": unanswered,
      "editor/applyEdit": unanswered,
    },
    onNotification: () => undefined,
    log: () => undefined,
  });
  await expect(started).rejects.toThrow("It could not be started: spawn /does/not/exist ENOENT");
});

test("a program that never answers is given up and ended", async () => {
  const { started } = await launch("process.stdin.resume();", 300);
  await expect(started).rejects.toThrow("did not answer within 0.3 seconds");
});

test("a request that a dying server never answers is rejected with words for the user", async () => {
  const { started } = await launch(server("setTimeout(() => process.exit(1), 50)"));
  const { connection } = await started;
  await expect(connection.request("model/list", {})).rejects.toThrow("The server ended before it answered.");
});
