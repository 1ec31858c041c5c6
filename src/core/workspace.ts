import os from "node:os";
import path from "node:path";
import type { SandboxPolicy } from "../protocol/settings.ts";
import { type Commands, createCommands } from "./commands/commands.ts";
import { commandEnvironment } from "./exec/environment.ts";
import { createProcesses } from "./exec/process.ts";
import { secretPaths } from "./exec/sandbox/secret-paths.ts";
import type { Sandbox } from "./exec/types.ts";
import type { UserEnvironment } from "./exec/user-environment.ts";
import { createFiles, type Files } from "./files/files.ts";
import { createGuard, type Guard } from "./files/guard.ts";
import { createWatches, type Watches, type WatchesOptions } from "./files/watches.ts";
import { type DiffToRemote, diffToRemote } from "./git/diff-to-remote.ts";
import { createGit } from "./git/git.ts";
import { createSearch, type Search } from "./search/search.ts";
import { createTempDirs } from "./exec/temp-dirs.ts";
import { writableRoots } from "./thread/settings.ts";

/** What clients do on the server's machine by themselves, outside of any thread. */
export interface Workspace {
  readonly files: Files;
  readonly search: Search;
  /** For one client. */
  createCommands(): Commands;
  /** For one client. */
  createWatches(onChanged: WatchesOptions["onChanged"]): Watches;
  /** Rejects with `GitError`. */
  diffToRemote(cwd: string, signal: AbortSignal): Promise<DiffToRemote>;
  /** Ends every command; none can be started afterwards. */
  close(): Promise<void>;
}

export interface WorkspaceOptions {
  /** The state directory, absolute. */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly sandbox: Sandbox;
  readonly user: UserEnvironment;
  /** What the configuration says about commands in a folder. */
  commandDefaults(
    cwd: string,
  ): Promise<{ readonly policy: SandboxPolicy; readonly variables: Readonly<Record<string, string>> }>;
}

export function createWorkspace(options: WorkspaceOptions): Workspace {
  const { home, env, platform, sandbox, user } = options;
  const secrets = secretPaths(os.homedir());
  const guard: Guard = createGuard({ home, secrets });
  const git = createGit(env);
  const temps = createTempDirs();
  // Apart from those of threads: what clients start takes no place from what the agent starts.
  const processes = createProcesses({ platform });
  const tempDir = (): Promise<string> => temps.of("commands");

  return {
    files: createFiles(guard),
    search: createSearch(git),
    createCommands: () =>
      createCommands({
        sandbox,
        processes,
        environment: async (cwd) =>
          commandEnvironment(await user.read(), {
            include: [],
            set: (await options.commandDefaults(cwd)).variables,
            tempDir: await tempDir(),
          }),
        configuredPolicy: async (cwd) => (await options.commandDefaults(cwd)).policy,
        writableRoots,
        tempDir,
        denyRead: [home, ...secrets],
        isSecret: async (folder) => folder === home || folder.startsWith(home + path.sep) || guard.isSecret(folder),
      }),
    createWatches: (onChanged) => createWatches({ guard, onChanged }),
    diffToRemote: (cwd, signal) => diffToRemote(git, cwd, signal),
    async close() {
      await processes.closeAll();
      await temps.removeAll();
    },
  };
}
