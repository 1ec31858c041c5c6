import readline from "node:readline/promises";
import { Writable } from "node:stream";
import { stateDirectory } from "../core/config/home.ts";
import type { Core } from "../core/create-core.ts";
import { loadCore } from "./core.ts";
import { parseLoginArgs } from "./login-args.ts";
import { signInAtTerminal } from "./oauth-login.ts";

const maxKeyChars = 8192;

/**
 * `turnwright login`: signs in to a provider by OAuth where it has that, else keeps the API key given on stdin (typed without an echo at a
 * terminal), in a 0600 file in the home either way.
 */
export async function runLogin(args: readonly string[]): Promise<number> {
  const task = parseLoginArgs(args);
  if (typeof task === "string") return refuse(task);
  const home = stateDirectory(process.env);
  // What is signed in to is the configured provider.
  const overrides = task.provider === null ? [] : [`model_provider=${JSON.stringify(task.provider)}`];
  const core = await loadCore({ home, overrides })();
  try {
    const { providerName, state } = await core.account.oauth.read(null);
    if (task.way === "apiKey" || (task.way === "auto" && state === null)) return await keepKey(core, home);
    await signInAtTerminal(core.account.oauth, { isDevice: task.way === "device" });
    process.stdout.write(
      `Signed in to ${providerName}. The tokens are in ${home}/oauth.json, readable by you alone.\n`,
    );
    return 0;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

async function keepKey(core: Core, home: string): Promise<number> {
  const key = (process.stdin.isTTY ? await ask("API key: ") : await readAll()).trim();
  if (key === "") return refuse("there was no key on stdin");
  if (key.length > maxKeyChars || /[^\x21-\x7e]/u.test(key)) return refuse("what was on stdin is not an API key");
  await core.account.login(key, "file");
  process.stdout.write(`Signed in. The key is in ${home}/auth.json, readable by you alone.\n`);
  return 0;
}

/** `turnwright logout`: forgets what `login` kept: keys and sign-ins. */
export async function runLogout(args: readonly string[]): Promise<number> {
  if (args.length > 0) return refuse("logout takes no arguments");
  const core = await loadCore({ home: stateDirectory(process.env), overrides: [] })();
  await core.account.logout();
  process.stdout.write("Signed out.\n");
  return 0;
}

const refuse = (reason: string): number => {
  process.stderr.write(`turnwright: ${reason}\n`);
  return 1;
};

async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = readline.createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}

async function readAll(): Promise<string> {
  let text = "";
  process.stdin.setEncoding("utf8");
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.length > maxKeyChars * 2) break; // more than any key; refused by its length
  }
  return text;
}
