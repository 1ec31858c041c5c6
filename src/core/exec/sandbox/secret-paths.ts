import { join } from "node:path";

/**
 * Where people keep keys, and sockets that lead out of a sandbox. No command needs to read them; a caller adds the state directory.
 * `~/.npmrc` is not among them: npm does not start without reading it.
 *
 * @param home the user's home directory, absolute. Paths need not exist.
 */
export function secretPaths(home: string): string[] {
  return [
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".config/gh",
    ".config/gcloud",
    ".docker",
    ".netrc",
    ".git-credentials",
    ".pypirc",
    ".colima",
    ".local/share/keyrings",
    ".local/share/code-server/code-server-ipc.sock",
  ].map((path) => join(home, path));
}
