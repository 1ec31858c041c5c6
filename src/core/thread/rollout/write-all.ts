import fs from "node:fs";

/** Writes all bytes at `position`; a full disk may take only some of them at a time. @throws the file system's error */
export function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.length) {
    written += fs.writeSync(fd, bytes, written, bytes.length - written, position + written);
  }
}
