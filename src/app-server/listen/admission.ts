import type { IncomingHttpHeaders } from "node:http";
import { isLoopback } from "./address.ts";
import type { BearerToken } from "./bearer-token.ts";

/** Who may connect. */
export interface AdmissionRules {
  /** Null: none is asked for. */
  readonly token: BearerToken | null;
  /** True: the client must have asked for this machine by an address of its own, which a name under somebody else's control is not. */
  readonly isLocalOnly: boolean;
}

export interface Refusal {
  readonly status: 401 | 403;
  /** For the client and for the log. */
  readonly reason: string;
}

/**
 * Why a WebSocket handshake is refused; null: it is not. Every web page that opens a socket says its origin and cannot hide it; none is
 * ours, so all are refused. The name that was asked for is checked too, against a page whose name was bound anew to this machine.
 */
export function refusal(headers: IncomingHttpHeaders, { token, isLocalOnly }: AdmissionRules): Refusal | null {
  if (headers.origin !== undefined) return { status: 403, reason: "web pages may not connect to this server" };
  if (isLocalOnly && !isLocalName(headers.host ?? "")) {
    return { status: 403, reason: "the Host header must be localhost or a loopback address" };
  }
  if (token !== null && !token.isIn(headers.authorization)) {
    return { status: 401, reason: "the header Authorization: Bearer TOKEN is missing or its token is wrong" };
  }
  return null;
}

/** As a Host header has it: with or without a port, an IPv6 address in brackets. */
function isLocalName(host: string): boolean {
  const name = /^(?:\[(?<ipv6>[^\]]*)\]|(?<name>[^:]*))(?::\d*)?$/u.exec(host)?.groups;
  const given = name?.["ipv6"] ?? name?.["name"] ?? "";
  return given.toLowerCase() === "localhost" || isLoopback(given);
}
