import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { inject } from "vitest";

/** A running browser workbench with a profile, a workspace copy and a Turnwright home of its own. */
export interface Workbench extends AsyncDisposable {
  readonly url: string;
  readonly workspace: string;
  /** TURNWRIGHT_HOME of everything that runs in it. */
  readonly home: string;
  /** The editor's user data, with `User/settings.json`. */
  readonly data: string;
  /** What the server printed, for a failed test. */
  log(): string;
}

export interface WorkbenchOptions {
  /** A folder to copy as the workspace; default: the sample workspace. `null`: no folder is open. */
  readonly workspace?: string | null;
  /** False: Restricted Mode, as in a folder that the user did not trust. */
  readonly isTrusted?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Base URLs of model servers by provider. The others are looked for where nobody listens, so that what runs on this machine is not met. */
  readonly modelServers?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** VSIX files beyond ours; the profile then gets an extensions folder of its own. */
  readonly vsix?: readonly string[];
}

/** As a user of the desktop has it, less what would make pictures differ from run to run. */
const baseSettings = {
  "telemetry.telemetryLevel": "off",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "visible",
  "workbench.reduceMotion": "on",
  "workbench.colorTheme": "Dark Modern",
  "window.autoDetectColorScheme": false,
  "window.autoDetectHighContrast": false,
  "chat.disableAIFeatures": true,
  "files.autoSave": "off",
  "git.openRepositoryInParentFolders": "never",
  "extensions.ignoreRecommendations": true,
  "remote.autoForwardPorts": false,
  "security.workspace.trust.startupPrompt": "never",
  "security.workspace.trust.banner": "never",
};

const root = path.resolve(import.meta.dirname, "../../..");

/** Starts a workbench and resolves when it answers. Disposing ends it with all its processes and removes its folders. */
export async function startWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const { workbench, extensions: shared } = inject("e2e");
  const folder = await mkdtemp(path.join(tmpdir(), "turnwright-e2e-"));
  const home = path.join(folder, "home");
  const workspace = path.join(folder, "workspace");
  const data = path.join(folder, "data");
  const settingsFile = path.join(data, "User", "settings.json");
  await Promise.all([mkdir(home), mkdir(workspace), mkdir(path.dirname(settingsFile), { recursive: true })]);
  if (options.workspace !== null)
    await cp(options.workspace ?? path.join(root, "media", "sample-workspace"), workspace, { recursive: true });

  await writeFile(path.join(home, "config.toml"), modelServersConfig(options.modelServers ?? {}));
  await writeFile(settingsFile, JSON.stringify({ ...baseSettings, ...options.settings }));

  let extensions = shared;
  if (options.vsix && options.vsix.length > 0) {
    extensions = path.join(folder, "extensions");
    await installExtensions(workbench, { data, extensions }, [inject("e2e").vsix, ...options.vsix]);
  }
  const args = [
    ...profileArguments(workbench, { data, extensions }),
    ...["--auth", "none", "--bind-addr", "127.0.0.1:0", "--disable-telemetry", "--disable-update-check"],
    ...(options.isTrusted === false ? [] : ["--disable-workspace-trust"]),
  ];
  // As started from a terminal (VSCODE_CLI): extensions get this process's PATH, with its Node, and not the login shell's.
  // An empty HOME: the shell profile of whoever runs the tests takes its time in every server.
  const env = { ...process.env, VSCODE_CLI: "1", HOME: folder, TURNWRIGHT_HOME: home, ...options.env };
  // A process group of its own: extension hosts of pages that are gone live on for hours, and must end with the server.
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const end = (): void => killGroup(child);
  process.once("exit", end);
  const output = collect(child);
  const address = await output.until(/HTTP server listening on (http:\/\/[\d.]+:\d+)/);
  return {
    url: options.workspace === null ? `${address}/?ew=true` : `${address}/?folder=${encodeURIComponent(workspace)}`,
    workspace,
    home,
    data,
    log: output.text,
    async [Symbol.asyncDispose]() {
      process.off("exit", end);
      const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
      end();
      await ended;
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

const modelServersConfig = (urls: Readonly<Record<string, string>>): string =>
  ["ollama", "lmstudio", "llamacpp", "vllm"]
    .map((id) => `[model_providers.${id}]\nbase_url = "${urls[id] ?? "http://127.0.0.1:1/v1"}"\n`)
    .join("\n");

/** Installs VSIX files the way a user does. */
export async function installExtensions(
  workbench: string,
  profile: { data: string; extensions: string },
  files: readonly string[],
): Promise<void> {
  const args = [...profileArguments(workbench, profile), ...files.flatMap((file) => ["--install-extension", file])];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const output = collect(child);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`--install-extension ended with ${code ?? "a signal"}:\n${output.text()}`);
}

function profileArguments(workbench: string, { data, extensions }: { data: string; extensions: string }): string[] {
  const entry = path.join(workbench, "node_modules", "code-server", "out", "node", "entry.js");
  return [entry, "--config", path.join(data, "config.yaml"), "--user-data-dir", data, "--extensions-dir", extensions];
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // the group has ended already
  }
}

function collect(child: ChildProcess): {
  readonly text: () => string;
  readonly until: (pattern: RegExp) => Promise<string>;
} {
  let text = "";
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8");
    stream?.on("data", (chunk: string) => {
      text = (text + chunk).slice(-200_000);
      tell();
    });
  }
  child.once("close", tell);
  return {
    text: () => text,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(text)?.[1];
          if (found === undefined && child.exitCode === null) return;
          listeners.delete(look);
          if (found === undefined) reject(new Error(`The workbench ended before it was ready:\n${text}`));
          else resolve(found);
        };
        listeners.add(look);
        look();
      }),
  };
}
