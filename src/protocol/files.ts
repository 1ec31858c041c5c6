import * as z from "zod";
import type { MethodTable, NotificationTable } from "./methods.ts";

/** Absolute. */
const AbsolutePath = z.string();
/** Chosen by the client, for one connection. */
const WatchId = z.string().max(1000);
const onPath = z.object({ path: AbsolutePath });
const done = z.looseObject({});

/** Files of the server's machine, with the server's rights. Symbolic links are followed, except by `remove` and as what `copy` copies. */
export const fileMethods = {
  /**
   * Reads a whole file.
   * @error The words of the system, with code -32603: `No such file or directory (os error 2)` and the like.
   */
  "fs/readFile": { params: onPath, result: z.object({ dataBase64: z.string() }) },
  /**
   * Replaces the whole file at once. The folder must exist.
   * @error `fs/writeFile requires valid base64 dataBase64: …`
   * @error The words of the system, with code -32603: `No such file or directory (os error 2)` and the like.
   */
  "fs/writeFile": { params: z.object({ path: AbsolutePath, dataBase64: z.string() }), result: done },
  /**
   * Makes a folder. `recursive` (default) makes parents too, and takes a folder that exists for made.
   * @error The words of the system, with code -32603: `No such file or directory (os error 2)` and the like.
   */
  "fs/createDirectory": { params: z.object({ path: AbsolutePath, recursive: z.boolean().nullish() }), result: done },
  /**
   * What a path leads to.
   * @error The words of the system, with code -32603: `No such file or directory (os error 2)` and the like.
   */
  "fs/getMetadata": {
    params: onPath,
    result: z.object({
      isDirectory: z.boolean(),
      isFile: z.boolean(),
      /** The other members speak of what the link leads to. */
      isSymlink: z.boolean(),
      /** Unix ms; 0 where the file system does not tell. */
      createdAtMs: z.number().int(),
      modifiedAtMs: z.number().int(),
    }),
  },
  /**
   * What is directly in a folder.
   * @error The words of the system, with code -32603: `No such file or directory (os error 2)` and the like.
   */
  "fs/readDirectory": {
    params: onPath,
    result: z.lazy(() =>
      z.object({
        entries: z.array(z.object({ fileName: z.string(), isDirectory: z.boolean(), isFile: z.boolean() })),
      }),
    ),
  },
  /**
   * Removes a file or folder. `recursive` (default) takes what is in a folder along; `force` (default) is content
   * when nothing is there.
   * @error The words of the system, with code -32603: `No such file or directory (os error 2)` and the like.
   */
  "fs/remove": {
    params: z.object({ path: AbsolutePath, recursive: z.boolean().nullish(), force: z.boolean().nullish() }),
    result: done,
  },
  /**
   * Copies a file, or with `recursive` a folder.
   * @error The words of the system, with code -32603: `No such file or directory (os error 2)` and the like.
   */
  "fs/copy": {
    params: z.object({
      sourcePath: AbsolutePath,
      destinationPath: AbsolutePath,
      recursive: z.boolean().default(false),
    }),
    result: done,
  },
  /**
   * Watches a file or folder for this client. It need not exist yet, the folder it is in must. Of a folder, what
   * lies directly in it is watched.
   * @notifies fs/changed
   * @error The words of the system, with code -32603: `No such file or directory (os error 2)` and the like.
   */
  "fs/watch": { params: z.object({ path: AbsolutePath, watchId: WatchId }), result: onPath },
  /** Ends a watch. */
  "fs/unwatch": { params: z.object({ watchId: WatchId }), result: done },
} as const satisfies MethodTable;

export const fileNotifications = {
  /** Something changed at a path that this client watches; several changes may come as one. */
  "fs/changed": z.lazy(() => z.looseObject({ watchId: z.string(), changedPaths: z.array(z.string()) })),
} as const satisfies NotificationTable;
