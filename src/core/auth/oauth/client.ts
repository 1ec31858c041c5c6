/** How a provider signs its users in: as a public client (no secret) of an OAuth 2.1 issuer. */
export interface OAuthClient {
  /** Id of the model provider. */
  readonly provider: string;
  /** For messages. */
  readonly providerName: string;
  /** Issuer identifier as configured: https, or http on a loopback address. */
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Resource indicator (RFC 8707): the API that the tokens are for; null: the issuer decides. */
  readonly resource: string | null;
  /** Port of the redirect, for issuers that insist on a registered one; null: any free one, as RFC 8252 has it. */
  readonly redirectPort: number | null;
  /** Scheme, host and port of the model server. Tokens were obtained for it and go nowhere else. */
  readonly origin: string;
}

/** What an issuer gave. */
export interface TokenSet {
  readonly accessToken: string;
  /** Null: the issuer gives none, so the sign-in ends with the access token. */
  readonly refreshToken: string | null;
  /** Unix seconds; null: it was not said. */
  readonly expiresAt: number | null;
}

/**
 * A sign-in or a refresh did not succeed. The message is for the user, says what to do next and never holds a token or a code. It has no
 * `cause`: what the library throws may quote an answer with tokens in it.
 */
export class OAuthError extends Error {
  readonly reason:
    | "notSignedIn"
    /** The issuer takes the refresh token no more. */
    | "revoked"
    | "inProgress"
    | "canceled"
    | "denied"
    | "timedOut"
    | "unreachable"
    /** The issuer, or what is configured of it, cannot be used. */
    | "unusable"
    | "storage";
  constructor(reason: OAuthError["reason"], message: string) {
    super(message);
    this.name = "OAuthError";
    this.reason = reason;
  }
}

/** What all who sign in can do, in the words of each surface. */
export const howToSignIn = (provider: string): string =>
  `Sign in (command "Turnwright: Sign In...", or "turnwright login --provider ${provider}").`;
