/** `http.*` of VS Code, as the user set it. */
export interface ProxySettings {
  /** `http.proxy`; empty: none. */
  readonly url: string;
  /** `http.proxySupport`; `off`: extensions go without. */
  readonly support: string;
  /** `http.noProxy`: hosts that are reached without. */
  readonly noProxy: readonly string[];
}

const names = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"];

/**
 * The environment of a server that reaches the world as VS Code does. What the environment itself says of proxies is left alone, and
 * `http.proxyStrictSSL` is not followed: a certificate of a company's own is named by NODE_EXTRA_CA_CERTS, others are not trusted with a key.
 */
export function withProxy(env: NodeJS.ProcessEnv, { url, support, noProxy }: ProxySettings): NodeJS.ProcessEnv {
  const isSet = (name: string): boolean => [name, name.toLowerCase()].some((key) => (env[key] ?? "").trim() !== "");
  if (url === "" || support === "off" || names.some(isSet)) return env;
  return {
    ...env,
    HTTPS_PROXY: url,
    HTTP_PROXY: url,
    ...(isSet("NO_PROXY") || noProxy.length === 0 ? {} : { NO_PROXY: noProxy.join(",") }),
  };
}
