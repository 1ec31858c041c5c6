import path from "node:path";
import { CommandRequestError, type Commands } from "../../core/commands/commands.ts";
import { errorCodes, invalidRequest, RpcError } from "../../protocol/errors.ts";
import type { ClientMethods, Params } from "../../protocol/methods.ts";
import { SandboxPolicy } from "../../protocol/settings.ts";
import type { Handlers } from "../../rpc/connection.ts";
import { base64Fault } from "../base64.ts";
import type { HandlerContext } from "../server.ts";
import { absolute } from "./thread.ts";

type CommandMethod = "command/exec" | "command/exec/write" | "command/exec/resize" | "command/exec/terminate";
type ExecParams = Params<ClientMethods, "command/exec">;
type Size = Params<ClientMethods, "command/exec/resize">["size"];

const usualTimeoutMs = 10_000;
const usualOutputBytes = 1024 * 1024;

const invalid = (message: string): RpcError => new RpcError(errorCodes.invalidParams, message);

const profiles: Readonly<Record<string, SandboxPolicy["type"]>> = {
  ":read-only": "readOnly",
  ":workspace": "workspaceWrite",
  ":danger-full-access": "dangerFullAccess",
};

/** Refuses params that do not go together, in the words that clients know. */
function check({ command, timeoutMs, size, ...params }: ExecParams): void {
  if (command.length === 0) throw invalidRequest("command must not be empty");
  const needsName = params.tty || params.streamStdin || params.streamStdoutStderr;
  if (needsName && (params.processId ?? null) === null) {
    throw invalidRequest("command/exec tty or streaming requires a client-supplied processId");
  }
  if ((size ?? null) !== null && !params.tty) throw invalid("command/exec size requires tty: true");
  checkSize(size ?? null);
  if (params.disableOutputCap && (params.outputBytesCap ?? null) !== null) {
    throw invalid("command/exec cannot set both outputBytesCap and disableOutputCap");
  }
  if (params.disableTimeout && (timeoutMs ?? null) !== null) {
    throw invalid("command/exec cannot set both timeoutMs and disableTimeout");
  }
  if ((timeoutMs ?? 0) < 0) throw invalid(`command/exec timeoutMs must be non-negative, got ${timeoutMs ?? 0}`);
}

function checkSize(size: Size | null): void {
  if (size !== null && (size.rows === 0 || size.cols === 0)) {
    throw invalid("command/exec size rows and cols must be greater than 0");
  }
}

/** Null: what is configured. */
function policyOf({ sandboxPolicy, permissionProfile }: ExecParams): SandboxPolicy | null {
  const policy = sandboxPolicy ?? null;
  const profile = permissionProfile ?? null;
  if (policy !== null && profile !== null) {
    throw invalidRequest("`permissionProfile` cannot be combined with `sandboxPolicy`");
  }
  if (policy?.type === "workspaceWrite") policy.writableRoots.forEach(absolute);
  if (profile === null) return policy;
  const type = profiles[profile];
  if (type === undefined) {
    const known = Object.keys(profiles).join(", ");
    throw invalidRequest(`invalid permission profile: there is no ${profile.slice(0, 100)}, only ${known}`);
  }
  return SandboxPolicy.parse({ type });
}

const codes: Readonly<Record<CommandRequestError["reason"], number>> = {
  refused: errorCodes.invalidRequest,
  notStarted: errorCodes.internal,
  tooMany: errorCodes.overloaded,
};

/** Runs a request about a command; what cannot be becomes the error that clients know. */
async function onCommand<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof CommandRequestError ? new RpcError(codes[error.reason], error.message) : error;
  }
}

/** Commands that a client runs by itself. Each client has its own names for them, and they end with it. */
export const commandHandlers = (context: HandlerContext): Pick<Handlers<ClientMethods>, CommandMethod> => {
  let made: Promise<Commands> | null = null;
  const commands = (): Promise<Commands> =>
    (made ??= context.options.workspace().then((workspace) => workspace.createCommands()));

  return {
    "command/exec": (params, signal) =>
      onCommand(async () => {
        check(params);
        const { processId = null, tty } = params;
        const onOutput = (stream: "stdout" | "stderr", bytes: Buffer, capReached: boolean): void => {
          const deltaBase64 = bytes.toString("base64");
          const delta = { processId: processId ?? "", stream, deltaBase64, capReached };
          context.connection.notify("command/exec/outputDelta", delta);
        };
        const request = {
          argv: params.command,
          processId,
          cwd: path.resolve(params.cwd ?? "."),
          variables: params.env ?? {},
          timeoutMs: params.disableTimeout ? null : (params.timeoutMs ?? usualTimeoutMs),
          maxOutputBytes: params.disableOutputCap ? null : (params.outputBytesCap ?? usualOutputBytes),
          // A terminal would be open both ways and show everything as one stream.
          hasStdin: params.streamStdin || tty,
          onOutput: params.streamStdoutStderr || tty ? onOutput : null,
          isJoined: tty,
          policy: policyOf(params),
        };
        return (await commands()).run(request, signal);
      }),

    "command/exec/write": ({ processId, deltaBase64, closeStdin }) =>
      onCommand(async () => {
        const delta = deltaBase64 ?? null;
        if (delta === null && !closeStdin) throw invalid("command/exec/write requires deltaBase64 or closeStdin");
        const fault = delta === null ? null : base64Fault(delta);
        if (fault !== null) throw invalid(`invalid deltaBase64: ${fault}`);
        const bytes = delta === null ? null : Buffer.from(delta, "base64");
        await (await commands()).write(processId, bytes, { closesStdin: closeStdin });
        return {};
      }),

    "command/exec/resize": ({ processId, size }) =>
      onCommand(async () => {
        checkSize(size);
        return (await commands()).resize(processId);
      }),

    "command/exec/terminate": ({ processId }) =>
      onCommand(async () => {
        (await commands()).terminate(processId);
        return {};
      }),
  };
};
