import { Readable } from "node:stream";
import zlib from "node:zlib";

/** A body as it is sent: in pieces, and with the headers that say how to read it. */
export interface SentBody {
  readonly body: readonly Uint8Array[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Compresses a body, piece by piece. Where this Node has no zstd, the body is sent as it is, which every server takes. */
export async function compress(body: readonly Uint8Array[], format: "gzip" | "zstd"): Promise<SentBody> {
  if (format === "zstd" && !("createZstdCompress" in zlib)) return { body, headers: {} };
  const compressor = format === "gzip" ? zlib.createGzip({ level: 6 }) : zlib.createZstdCompress();
  const pieces: Buffer[] = [];
  // Read by an iterator, it ends with the error of either side.
  for await (const piece of Readable.from(body, { objectMode: false }).pipe(compressor)) {
    if (Buffer.isBuffer(piece)) pieces.push(piece);
  }
  return { body: pieces, headers: { "content-encoding": format } };
}
