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
  "fs/readFile": { params: onPath, result: z.object({ dataBase64: z.string() }) },
  /** Replaces the whole file at once. The folder must exist. */
  "fs/writeFile": { params: z.object({ path: AbsolutePath, dataBase64: z.string() }), result: done },
  /** `recursive` (default) makes parents too, and takes a folder that exists for made. */
  "fs/createDirectory": { params: z.object({ path: AbsolutePath, recursive: z.boolean().nullish() }), result: done },
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
  "fs/readDirectory": {
    params: onPath,
    result: z.lazy(() =>
      z.object({
        entries: z.array(z.object({ fileName: z.string(), isDirectory: z.boolean(), isFile: z.boolean() })),
      }),
    ),
  },
  /** `recursive` (default) takes what is in a folder along; `force` (default) is content when nothing is there. */
  "fs/remove": {
    params: z.object({ path: AbsolutePath, recursive: z.boolean().nullish(), force: z.boolean().nullish() }),
    result: done,
  },
  "fs/copy": {
    params: z.object({
      sourcePath: AbsolutePath,
      destinationPath: AbsolutePath,
      recursive: z.boolean().default(false),
    }),
    result: done,
  },
  /** The file or folder need not exist yet, the folder it is in must. Of a folder, what lies directly in it is watched. */
  "fs/watch": { params: z.object({ path: AbsolutePath, watchId: WatchId }), result: onPath },
  "fs/unwatch": { params: z.object({ watchId: WatchId }), result: done },
} as const satisfies MethodTable;

export const fileNotifications = {
  "fs/changed": z.lazy(() => z.looseObject({ watchId: z.string(), changedPaths: z.array(z.string()) })),
} as const satisfies NotificationTable;
