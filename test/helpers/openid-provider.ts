import { generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import Provider, { type Configuration, type InteractionResults } from "oidc-provider";

const { privateKey: signingKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

export const clientId = "turnwright-test";

export interface OpenIdProvider extends AsyncDisposable {
  readonly issuer: string;
  /** What a user who is asked does. */
  readonly user: { answer: "consents" | "denies" };
  /** Seconds that access tokens live from now on. */
  readonly accessToken: { seconds: number };
  /** Requests for tokens are answered once this has resolved; `asked` when the next one has come. */
  readonly gate: { open: Promise<unknown>; asked: PromiseWithResolvers<void> };
  /** Grants that were asked for at the token endpoint, and how it went, in order. */
  readonly grants: readonly string[];
  /** Tokens that were revoked by their owner. */
  readonly revoked: () => number;
  /** Ends every sign-in, as an administrator would. */
  revokeAll(): Promise<void>;
  /** Whether an access token is known and alive. */
  knows(accessToken: string): Promise<boolean>;
  close(): Promise<void>;
}

/** A certified OpenID provider on loopback with one public client: rotation, device codes, revocation. */
export async function openIdProvider(more: Configuration = {}): Promise<OpenIdProvider> {
  const user: OpenIdProvider["user"] = { answer: "consents" };
  const accessToken = { seconds: 3600 };
  const gate: OpenIdProvider["gate"] = { open: Promise.resolve(), asked: Promise.withResolvers() };
  const grants: string[] = [];
  const grantIds = new Set<string>();
  let revoked = 0;

  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const issuer = `http://127.0.0.1:${address.port}`;

  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        application_type: "native",
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        redirect_uris: ["http://127.0.0.1/callback"],
        response_types: ["code"],
      },
    ],
    jwks: { keys: [signingKey.export({ format: "jwk" })] },
    cookies: { keys: ["a-key-for-the-cookies-of-a-test"] },
    scopes: ["openid", "offline_access", "models"],
    ttl: {
      AccessToken: () => accessToken.seconds,
      RefreshToken: 3600,
      DeviceCode: 600,
      Interaction: 600,
      Session: 600,
      Grant: 3600,
      IdToken: 600,
    },
    features: { deviceFlow: { enabled: true }, devInteractions: { enabled: false }, revocation: { enabled: true } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    ...more,
  });
  const typeOf = ({ oidc }: { oidc: { params?: Record<string, unknown> | undefined } }): string =>
    String(oidc.params?.["grant_type"]).replace(/^.*:/u, "");
  provider.on("grant.success", (context) => grants.push(typeOf(context)));
  provider.on("grant.error", (context, error) => grants.push(`${typeOf(context)}: ${error.error}`));
  provider.on("grant.revoked", () => revoked++);

  const interact = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
    const finish = (result: InteractionResults): Promise<void> =>
      provider.interactionFinished(request, response, result);
    if (user.answer === "denies") return finish({ error: "access_denied", error_description: "The user said no." });
    if (prompt.name === "login") return finish({ login: { accountId: "somebody" } });
    const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    const grant = known ?? new provider.Grant({ accountId: session?.accountId ?? "", clientId });
    const { scope } = params;
    if (typeof scope === "string") grant.addOIDCScope(scope);
    const id = await grant.save();
    grantIds.add(id);
    return finish({ consent: { grantId: id } });
  };
  const serve = provider.callback();
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith("/interaction/") === true) {
      interact(request, response).catch((error: unknown) => {
        response.statusCode = 500;
        response.end(String(error));
      });
    } else if (request.url === "/token") {
      gate.asked.resolve();
      void gate.open.then(() => serve(request, response));
    } else void serve(request, response);
  });

  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    issuer,
    user,
    accessToken,
    gate,
    grants,
    revoked: () => revoked,
    revokeAll: async () => {
      for (const id of grantIds) await provider.RefreshToken.revokeByGrantId(id);
    },
    knows: async (token) => (await provider.AccessToken.find(token)) !== undefined,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Where a browser ended up. */
export interface Visited {
  readonly url: string;
  readonly status: number;
  readonly body: string;
}

/** The form for the code, and the one that asks whether it is meant. */
const maxForms = 2;

/** A browser without a screen: follows redirects with its cookies, and sends the first forms as they are. */
export async function visit(
  start: string,
  { until = () => false }: { until?: (url: string) => boolean } = {},
): Promise<Visited> {
  const cookies = new Map<string, string>();
  let forms = 0;
  let [url, method, body]: [string, string, string | null] = [start, "GET", null];
  for (let step = 0; step < 20; step++) {
    if (until(url)) return { url, status: 0, body: "" };
    const answer: Response = await fetch(url, {
      method,
      redirect: "manual",
      headers: {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        ...(body === null ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      },
      body,
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/u.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const location: string | null = answer.headers.get("location");
    const text = await answer.text();
    const form = /<form[^>]* action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/u.exec(text);
    if (location !== null) [url, method, body] = [new URL(location, url).href, "GET", null];
    else if (form !== null && answer.status === 200 && forms++ < maxForms) {
      const fields = [...(form[2] ?? "").matchAll(/<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"/gu)];
      const sent = new URLSearchParams(fields.map(([, name = "", value = ""]) => [name, value]));
      [url, method, body] = [new URL((form[1] ?? "").replaceAll("&amp;", "&"), url).href, "POST", sent.toString()];
    } else return { url, status: answer.status, body: text };
  }
  throw new Error(`The browser goes round in circles at ${url}.`);
}
