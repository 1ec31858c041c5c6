import { getSystemErrorMap } from "node:util";

/** A request about files that cannot be served; the message says why. */
export class FileError extends Error {
  /** `refused`: the request is at fault; `system`: the system says no. */
  readonly reason: "refused" | "system";
  constructor(reason: FileError["reason"], message: string) {
    super(message);
    this.name = "FileError";
    this.reason = reason;
  }
}

export const refused = (message: string): FileError => new FileError("refused", message);

/** Where the words of clients differ from those of the runtime. */
const words: Readonly<Record<string, string>> = {
  EEXIST: "File exists",
  EISDIR: "Is a directory",
  ELOOP: "Too many levels of symbolic links",
  ENAMETOOLONG: "File name too long",
  EXDEV: "Invalid cross-device link",
  EBUSY: "Device or resource busy",
  ENOTDIR: "Not a directory",
  EMFILE: "Too many open files",
  EDQUOT: "Disk quota exceeded",
};

/** The error of a system call, in the words that clients of the protocol know (`No such file or directory (os error 2)`); others as they are. */
export function forClient(error: unknown): unknown {
  if (!(error instanceof Error) || !("errno" in error) || !("code" in error)) return error;
  const { errno, code } = error;
  if (typeof errno !== "number" || typeof code !== "string") return error;
  const known = words[code] ?? getSystemErrorMap().get(errno)?.[1] ?? code;
  const sentence = known.charAt(0).toUpperCase() + known.slice(1);
  return new FileError("system", `${sentence} (os error ${Math.abs(errno)})`);
}

export const codeOf = (error: unknown): string | null =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
