import net from "node:net";
import path from "node:path";

/** Where the server serves its clients. */
export type Address =
  | { readonly kind: "stdio" }
  /** `port` 0: any that is free. */
  | { readonly kind: "webSocket"; readonly host: string; readonly port: number }
  /** Absolute path of a unix socket, which speaks WebSocket too. */
  | { readonly kind: "unixSocket"; readonly path: string };

const webSocket = /^ws:\/\/(?:\[(?<ipv6>[0-9a-f:.]+)\]|(?<host>[^:/[\]]+)):(?<port>\d{1,5})\/?$/iu;

/** The address, or what is wrong with it. A relative path is one from `cwd`. */
export function parseAddress(text: string, cwd: string): Address | string {
  if (text === "stdio://") return { kind: "stdio" };
  if (text.startsWith("unix://")) {
    const given = text.slice("unix://".length);
    return given === ""
      ? "--listen unix:// needs a path, for example unix:///run/user/1000/turnwright.sock"
      : { kind: "unixSocket", path: path.resolve(cwd, given) };
  }
  const { ipv6, host, port } = webSocket.exec(text)?.groups ?? {};
  const given = ipv6 ?? (host?.toLowerCase() === "localhost" ? "127.0.0.1" : host);
  if (given === undefined || net.isIP(given) === 0 || Number(port) > 65_535) {
    return `--listen takes stdio://, ws://IP:PORT or unix://PATH, not ${text}`;
  }
  return { kind: "webSocket", host: given, port: Number(port) };
}

const loopback = new net.BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

/** Whether only programs on this machine can reach an address. False for what is no IP address. */
export const isLoopback = (ip: string): boolean =>
  net.isIP(ip) !== 0 && loopback.check(ip, net.isIPv6(ip) ? "ipv6" : "ipv4");
