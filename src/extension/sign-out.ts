import type { OAuthProvider } from "./oauth-sign-in.ts";
import type { ServerConnection } from "./ports.ts";

export interface SignOutPorts {
  /** True when another app server is in use, which keeps its own credentials. */
  usesOtherServer(): boolean;
  /** Starts the server if need be. */
  connect(): Promise<ServerConnection>;
  /** The configured provider, if it signs in by OAuth. */
  provider(connection: ServerConnection): Promise<OAuthProvider | null>;
  /** Deletes the key that the editor keeps. False: there was none. */
  forgetKey(): Promise<boolean>;
  /** No key is left: the provider is chosen anew. */
  changed(): Promise<void>;
}

/**
 * Forgets the editor's key, and lets our own server forget every key and token that it keeps, of whatever provider. Gives the sentence for
 * the user. Rejects when the server could not be asked; the editor's key is gone then too.
 */
export async function signOut(ports: SignOutPorts): Promise<string> {
  const hadKey = await ports.forgetKey();
  let atServer: Forgotten | null = null;
  try {
    if (!ports.usesOtherServer()) atServer = await forgetAtServer(ports);
  } finally {
    if (hadKey || atServer?.hadKey === true) await ports.changed();
  }
  if (atServer === null) {
    return hadKey
      ? "Signed out. The key is deleted."
      : "Another app server is in use (turnwright.server.path). Sign out with its own command.";
  }
  if (atServer.providerName !== null) return `Signed out of ${atServer.providerName}. The tokens are deleted.`;
  return hadKey ? "Signed out. The key is deleted." : "Signed out. Turnwright keeps no key and no tokens.";
}

interface Forgotten {
  /** A key was there for the provider, wherever it came from. */
  readonly hadKey: boolean;
  /** The provider that the user was signed in to by OAuth; null: none that is known here. */
  readonly providerName: string | null;
}

async function forgetAtServer(ports: SignOutPorts): Promise<Forgotten> {
  const connection = await ports.connect();
  // What was there only decides the words: signing out does not depend on it.
  const [oauth, account] = await Promise.all([
    ports.provider(connection).catch(() => null),
    connection.request("account/read", {}).catch(() => null),
  ]);
  await connection.request("account/logout", {});
  return {
    hadKey: (account?.account ?? null) !== null,
    providerName: oauth?.isSignedIn === true ? oauth.name : null,
  };
}
