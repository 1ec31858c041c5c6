import type { CommandSpec, Sandbox, SandboxedCommand, SandboxScope } from "../types.ts";
import { createBubblewrapSandbox } from "./bubblewrap.ts";

export interface SandboxOptions {
  readonly platform: NodeJS.Platform;
  /** Absolute; private to the user; the sandbox keeps its notes there. */
  readonly stateDir: string;
  /** PATH of the server. */
  readonly path: string;
}

/** The sandbox of this platform. Policies without one (full access, an outer sandbox) get the command as it is, everywhere. */
export function createSandbox({ platform, stateDir, path }: SandboxOptions): Sandbox {
  const confined = platform === "linux" ? createBubblewrapSandbox({ stateDir, path }) : noSandbox(platform);
  return {
    name: confined.name,
    async wrap(command, scope) {
      return isUnconfined(scope) ? { kind: "wrapped", command: unconfined(command) } : confined.wrap(command, scope);
    },
  };
}

const isUnconfined = ({ policy }: SandboxScope) =>
  policy.type === "dangerFullAccess" || policy.type === "externalSandbox";

/** The command as it is, for what was allowed to run without a sandbox. */
export function unconfined(command: CommandSpec): SandboxedCommand {
  return { ...command, isContained: false, isCwdVisible: true, cleanup: () => Promise.resolve() };
}

function noSandbox(platform: NodeJS.Platform): Sandbox {
  const system = platform === "darwin" ? "macOS" : platform === "win32" ? "Windows" : platform;
  return {
    name: "none",
    async wrap() {
      return {
        kind: "unavailable",
        message: `Turnwright has no sandbox for ${system} yet, so every command needs your approval.`,
      };
    },
  };
}
