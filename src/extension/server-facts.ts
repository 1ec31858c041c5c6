import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** What lies on this machine that decides where the model comes from; read before the server starts. */
export interface MachineFacts {
  /** Text of `config.toml`; null when there is none. */
  readonly configText: string | null;
  /** A key is in the environment or was stored by `turnwright login`. */
  readonly hasKey: boolean;
}

/** `$TURNWRIGHT_HOME`, by default `~/.turnwright`. */
const homeOf = (env: NodeJS.ProcessEnv): string => {
  const { TURNWRIGHT_HOME: set } = env;
  return set === undefined || set === "" ? join(homedir(), ".turnwright") : set;
};

/** Looks into the home. Nothing of a key is read beyond whether it is there. */
export async function machineFacts(env: NodeJS.ProcessEnv): Promise<MachineFacts> {
  const home = homeOf(env);
  const [configText, stored] = await Promise.all([textOf(join(home, "config.toml")), textOf(join(home, "auth.json"))]);
  return { configText, hasKey: stored !== null || (env["OPENAI_API_KEY"] ?? "") !== "" };
}

const textOf = (path: string): Promise<string | null> =>
  readFile(path, "utf8").then(
    (text) => text,
    () => null,
  );
