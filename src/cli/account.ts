import readline from "node:readline/promises";
import { Writable } from "node:stream";
import { stateDirectory } from "../core/config/home.ts";
import { loadCore } from "./core.ts";

const maxKeyChars = 8192;

/** `turnwright login`: keeps the API key given on stdin (typed without an echo at a terminal) in a 0600 file in the home. */
export async function runLogin(args: readonly string[]): Promise<number> {
  if (args.length > 0)
    return refuse("login takes no arguments: the key is read from stdin, where no other process sees it");
  const home = stateDirectory(process.env);
  const key = (process.stdin.isTTY ? await ask("API key: ") : await readAll()).trim();
  if (key === "") return refuse("there was no key on stdin");
  if (key.length > maxKeyChars || /[^\x21-\x7e]/u.test(key)) return refuse("what was on stdin is not an API key");
  const core = await loadCore({ home, overrides: [] })();
  try {
    await core.account.login(key, "file");
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  process.stdout.write(`Signed in. The key is in ${home}/auth.json, readable by you alone.\n`);
  return 0;
}

/** `turnwright logout`: removes the key that `login` kept. */
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
