/** Where requests to servers beyond this machine go through. URLs may hold a password: they are for the connection only, never for a message. */
export interface ProxySettings {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  /** Hosts that are reached without, comma-separated. */
  readonly noProxy: string;
}

/** The value of a proxy variable is not a URL that can be used. The message names the variable, not its value. */
export class ProxyError extends Error {}

/** Model servers of this machine are never asked through a proxy: it would look for them on its own. */
const ownHosts = ["localhost", "127.0.0.1", "::1"];

/**
 * The usual variables (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY; lower case goes first), null when none is set.
 * @throws ProxyError
 */
export function proxySettings(env: NodeJS.ProcessEnv): ProxySettings | null {
  const all = read(env, "all_proxy");
  const http = read(env, "http_proxy") ?? all;
  // Where only HTTP_PROXY is set, it is meant for both, as the HTTP client has it too.
  const https = read(env, "https_proxy") ?? http;
  if (http === null && https === null) return null;
  const noProxy = [env["no_proxy"] ?? env["NO_PROXY"] ?? "", ...ownHosts]
    .filter((hosts) => hosts.trim() !== "")
    .join(",");
  return { httpProxy: http ?? "", httpsProxy: https ?? "", noProxy };
}

function read(env: NodeJS.ProcessEnv, name: string): string | null {
  const upper = name.toUpperCase();
  const value = (env[name] ?? env[upper] ?? "").trim();
  if (value === "") return null;
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new ProxyError(
      `${upper} is not the URL of an HTTP proxy, such as http://proxy.example:3128. Correct or unset it.`,
    );
  }
  return url;
}
