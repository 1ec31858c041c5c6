const isLoopback = ({ protocol, hostname }: URL): boolean =>
  protocol === "http:" && (/^127(?:\.\d{1,3}){3}$/.test(hostname) || hostname === "[::1]" || hostname === "localhost");

/** An address that tokens, codes and the user may be sent to: https, or http that does not leave this machine. */
export const isSecureUrl = (url: URL): boolean => url.protocol === "https:" || isLoopback(url);

/** As {@link isSecureUrl}, for an address that the server at `origin` names: one on the network has no say over this machine. */
export function mayName(origin: string, text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === "https:" || (isLoopback(url) && isLoopback(new URL(origin)));
}
