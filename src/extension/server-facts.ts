import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** What lies on this machine that decides where the model comes from; read before the server starts. */
export interface MachineFacts {
  /** Texts of the configuration files that are there: the machine's, then the user's, which goes before it. */
  readonly configTexts: readonly string[];
  /** A key is in the environment or was stored by `turnwright login`. */
  readonly hasKey: boolean;
}

/** `$TURNWRIGHT_HOME`, by default `~/.turnwright`. */
const homeOf = (env: NodeJS.ProcessEnv): string => {
  const { TURNWRIGHT_HOME: set } = env;
  return set === undefined || set === "" ? join(homedir(), ".turnwright") : set;
};

/** Looks into the home, and into the machine's configuration. Nothing of a key is read beyond whether it is there. */
export async function machineFacts(env: NodeJS.ProcessEnv, systemConfig: string | null): Promise<MachineFacts> {
  const home = homeOf(env);
  const [system, own, stored] = await Promise.all([
    systemConfig === null ? null : textOf(systemConfig),
    textOf(join(home, "config.toml")),
    textOf(join(home, "auth.json")),
  ]);
  const configTexts = [system, own].filter((text) => text !== null);
  return { configTexts, hasKey: stored !== null || (env["OPENAI_API_KEY"] ?? "") !== "" };
}

const textOf = (path: string): Promise<string | null> =>
  readFile(path, "utf8").then(
    (text) => text,
    () => null,
  );
