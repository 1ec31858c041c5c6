import * as vscode from "vscode";
import type { OAuthProvider, OAuthSignIn } from "./oauth-sign-in.ts";
import { pickWay } from "./oauth-window.ts";
import type { ServerConnection } from "./ports.ts";
import { signOut } from "./sign-out.ts";
import { keyOwner, StoredKey } from "./stored-key.ts";

export interface SignInPorts {
  readonly secrets: vscode.SecretStorage;
  readonly oauth: OAuthSignIn;
  /** Starts the server if need be. */
  connect(): Promise<ServerConnection>;
  /** True when the setting names another app server, which keeps its own credentials. */
  usesOtherServer(): boolean;
  /** The provider that the settings name, as long as it is not the one a key is for; else null. */
  otherProvider(): string | null;
  /** Takes that back, so that the key counts. */
  forgetOtherProvider(): Promise<void>;
  /** The key is another one now: the provider is chosen anew. */
  changed(what: "signedIn" | "signedOut"): Promise<void>;
}

interface Connected {
  readonly connection: ServerConnection;
  readonly provider: OAuthProvider;
}

/** Signs in where the provider has OAuth, whose tokens the server keeps. Else keeps the user's API key in the editor's secret storage and gives it to each server that is started, for its memory only. */
export class SignIn {
  readonly #ports: SignInPorts;
  readonly #key: StoredKey;

  constructor(ports: SignInPorts) {
    this.#ports = ports;
    this.#key = new StoredKey(ports.secrets);
  }

  async hasKey(): Promise<boolean> {
    return this.#key.exists();
  }

  /** Signs a fresh server in. Another server is left alone, whatever it says it is: it could write the key to a file of its own. */
  async provide(connection: ServerConnection): Promise<void> {
    if (this.#ports.usesOtherServer()) return;
    await this.#key.provide(connection);
  }

  async signIn(): Promise<void> {
    if (this.#ports.usesOtherServer()) {
      void vscode.window.showInformationMessage(
        "Another app server is in use (turnwright.server.path). Sign in with its own command.",
      );
      return;
    }
    const connected = await this.#oauthProvider();
    if (connected !== null) {
      const way = await pickWay(connected.provider);
      if (way === null) return;
      if (way !== "apiKey") return this.#signInByOAuth(connected, way);
    }
    await this.#enterKey();
  }

  /** Null also when the server cannot be had: it says itself why. */
  async #oauthProvider(): Promise<Connected | null> {
    try {
      const connection = await this.#ports.connect();
      const provider = await this.#ports.oauth.provider(connection);
      return provider === null ? null : { connection, provider };
    } catch {
      return null;
    }
  }

  async #signInByOAuth({ connection, provider }: Connected, way: "browser" | "device"): Promise<void> {
    if (await this.#ports.oauth.signIn(connection, provider, way)) {
      void vscode.window.showInformationMessage(`Turnwright: You are signed in to ${provider.name}.`);
    }
  }

  async #enterKey(): Promise<void> {
    const owner = await this.#keyOwner();
    const entered = await vscode.window.showInputBox({
      title: "Turnwright: API Key",
      prompt: `Your ${owner === "openai" ? "OpenAI" : owner} API key. It is kept in the editor's secret storage, never in settings, logs or files of ours.`,
      placeHolder: "sk-...",
      password: true,
      ignoreFocusOut: true,
      validateInput: (value) => (/\s/.test(value.trim()) ? "A key has no spaces in it." : undefined),
    });
    const apiKey = entered?.trim() ?? "";
    if (apiKey === "") return;
    await this.#key.store(apiKey, owner);
    await this.#ports.changed("signedIn");
    void this.#sayWhatFollows(owner);
  }

  /** Whose key is asked for; without a server, the usual one's. */
  async #keyOwner(): Promise<string> {
    try {
      return await keyOwner(await this.#ports.connect());
    } catch {
      return "openai";
    }
  }

  async #sayWhatFollows(owner: string): Promise<void> {
    const provider = this.#ports.otherProvider();
    if (provider === null || provider === owner) {
      void vscode.window.showInformationMessage("Signed in. New threads use your model.");
      return;
    }
    const change = "Use OpenAI";
    const message = `Signed in. New threads still use ${provider}, which your settings name (turnwright.modelProvider).`;
    if ((await vscode.window.showInformationMessage(message, change)) === change)
      await this.#ports.forgetOtherProvider();
  }

  /** Rejects with words for the user when the server could not be asked to forget what it keeps. */
  async signOut(): Promise<void> {
    const { oauth } = this.#ports;
    const message = await signOut({
      usesOtherServer: () => this.#ports.usesOtherServer(),
      connect: () => this.#ports.connect(),
      provider: (connection) => oauth.provider(connection),
      forgetKey: async () => {
        const hadKey = await this.hasKey();
        if (hadKey) await this.#key.delete();
        return hadKey;
      },
      changed: () => this.#ports.changed("signedOut"),
    });
    void vscode.window.showInformationMessage(message);
  }
}
