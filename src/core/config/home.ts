import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The state directory, absolute: `$TURNWRIGHT_HOME`, else `.turnwright` in the user's home. It need not exist. */
export function stateDirectory(env: NodeJS.ProcessEnv): string {
  const named = env.TURNWRIGHT_HOME;
  return named === undefined || named === "" ? join(homedir(), ".turnwright") : resolve(named);
}
