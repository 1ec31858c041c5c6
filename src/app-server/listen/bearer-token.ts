import { createHash, timingSafeEqual } from "node:crypto";
import fs from "node:fs";

/** A secret that clients must show. */
export interface BearerToken {
  /** Whether an Authorization header carries it. Takes the same time however much of it is right. */
  isIn(authorization: string | undefined): boolean;
}

const leastChars = 16;
const mostBytes = 4096;

/** Reads a token from a file of the user's own that nobody else can read, or says what is wrong with the file. */
export function readTokenFile(file: string): BearerToken | string {
  let text: string;
  let fd: number | null = null;
  try {
    fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) return `${file} is no regular file`;
    // Windows has no such modes; what is in a user's profile is that user's there.
    if (process.platform !== "win32") {
      if (stat.uid !== process.getuid?.()) return `${file} belongs to another user`;
      if ((stat.mode & 0o077) !== 0) {
        return `${file} can be read or changed by others (mode ${(stat.mode & 0o777).toString(8)}); run: chmod 600 ${file}`;
      }
    }
    if (stat.size > mostBytes) return `${file} is longer than ${mostBytes} bytes; it holds the token and nothing else`;
    text = fs.readFileSync(fd, "utf8").trim();
  } catch (error) {
    return `the token cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    if (fd !== null) fs.closeSync(fd);
  }
  if (text.length < leastChars) {
    return `the token in ${file} is shorter than ${leastChars} characters; make one with: openssl rand -hex 32`;
  }
  if (!/^[\x21-\x7e]+$/u.test(text)) return `the token in ${file} may hold printable ASCII only, without spaces`;
  return bearerToken(text);
}

function bearerToken(token: string): BearerToken {
  const expected = digestOf(token);
  return {
    isIn(authorization) {
      const given = /^Bearer +(?<token>\S+)$/iu.exec(authorization ?? "")?.groups?.["token"] ?? "";
      // Digests are of one length, which a comparison in constant time needs.
      return timingSafeEqual(digestOf(given), expected);
    },
  };
}

const digestOf = (text: string): Buffer => createHash("sha256").update(text).digest();
