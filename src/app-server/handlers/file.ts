import path from "node:path";
import { FileError } from "../../core/files/file-error.ts";
import type { Watches } from "../../core/files/watches.ts";
import { errorCodes, invalidRequest, RpcError } from "../../protocol/errors.ts";
import type { ClientMethods } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import { base64Fault } from "../base64.ts";
import type { HandlerContext } from "../server.ts";

type FileMethod = Extract<keyof ClientMethods, `fs/${string}`>;

/** The words are those of the protocol. */
function absolutePath(target: string): string {
  if (!path.isAbsolute(target))
    throw invalidRequest("Invalid request: AbsolutePathBuf deserialized without a base path");
  return path.resolve(target);
}

/** What cannot be done becomes the error that clients know. */
async function onFiles<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new RpcError(error.reason === "system" ? errorCodes.internal : errorCodes.invalidRequest, error.message);
  }
}

/** Files of the server's machine. Watches are the client's own and end with it. */
export const fileHandlers = (context: HandlerContext): Pick<Handlers<ClientMethods>, FileMethod> => {
  const files = async () => (await context.options.workspace()).files;
  let made: Promise<Watches> | null = null;
  const makeWatches = async (): Promise<Watches> => {
    const { connection, options } = context;
    const watches = (await options.workspace()).createWatches((watchId, changedPaths) =>
      connection.notify("fs/changed", { watchId, changedPaths: [...changedPaths] }),
    );
    void connection.peer.closed.then(() => watches.close());
    return watches;
  };
  const watches = (): Promise<Watches> => (made ??= makeWatches());

  return {
    "fs/readFile": (params) =>
      onFiles(async () => {
        const bytes = await (await files()).read(absolutePath(params.path));
        return { dataBase64: bytes.toString("base64") };
      }),
    "fs/writeFile": (params) =>
      onFiles(async () => {
        const target = absolutePath(params.path);
        const fault = base64Fault(params.dataBase64);
        if (fault !== null) throw invalidRequest(`fs/writeFile requires valid base64 dataBase64: ${fault}`);
        await (await files()).write(target, Buffer.from(params.dataBase64, "base64"));
        return {};
      }),
    "fs/createDirectory": (params) =>
      onFiles(async () => {
        const options = { isRecursive: params.recursive ?? true };
        await (await files()).createDirectory(absolutePath(params.path), options);
        return {};
      }),
    "fs/getMetadata": (params) => onFiles(async () => (await files()).metadata(absolutePath(params.path))),
    "fs/readDirectory": (params) =>
      onFiles(async () => ({ entries: [...(await (await files()).readDirectory(absolutePath(params.path)))] })),
    "fs/remove": (params) =>
      onFiles(async () => {
        const options = { isRecursive: params.recursive ?? true, isForced: params.force ?? true };
        await (await files()).remove(absolutePath(params.path), options);
        return {};
      }),
    "fs/copy": (params, signal) =>
      onFiles(async () => {
        const request = {
          source: absolutePath(params.sourcePath),
          destination: absolutePath(params.destinationPath),
          isRecursive: params.recursive,
        };
        await (await files()).copy(request, signal);
        return {};
      }),
    "fs/watch": (params) =>
      onFiles(async () => {
        const target = absolutePath(params.path);
        await (await watches()).add(params.watchId, target);
        return { path: target };
      }),
    "fs/unwatch": async ({ watchId }) => {
      (await watches()).remove(watchId);
      return {};
    },
  };
};
