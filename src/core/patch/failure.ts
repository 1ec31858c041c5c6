/** Error code of a failed file operation ("ENOENT"), or "" when it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** What a failed file operation means, in words for the model and the user; begins in lower case and ends without a full stop. */
export function describeFileError(error: unknown): string {
  const code = errorCode(error);
  return words[code] ?? (error instanceof Error ? error.message : String(error));
}

const words: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space is left on the disk",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be larger than is allowed",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is not a folder",
  ENOENT: "there is no such file",
  EEXIST: "it exists already",
  ELOOP: "the path goes through a symbolic link that was not there before",
  ENAMETOOLONG: "the name is too long",
  EINVAL: "the name is not allowed here",
  EBUSY: "another program is using it",
  ETXTBSY: "it is a program that is running",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  EIO: "the disk reports an input/output error",
};
