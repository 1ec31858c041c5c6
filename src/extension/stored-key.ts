import type { ServerConnection } from "./ports.ts";

/** The editor's secret storage, as far as it is needed. */
interface Secrets {
  get(name: string): Thenable<string | undefined>;
  store(name: string, value: string): Thenable<void>;
  delete(name: string): Thenable<void>;
}

const keySecret = "turnwright.apiKey";
const ownerSecret = "turnwright.apiKeyProvider";
/** Whose a key is where nobody said so: the configured provider takes none, or the key was stored before its owner was. */
const defaultOwner = "openai";

/** The provider that a server would take a key for. */
export async function keyOwner(connection: ServerConnection): Promise<string> {
  const [{ requiresOpenaiAuth }, { defaultProviderId }] = await Promise.all([
    connection.request("account/read", {}),
    connection.request("modelProvider/list", {}),
  ]);
  return requiresOpenaiAuth ? defaultProviderId : defaultOwner;
}

/** The user's API key, together with the provider it was entered for: it goes to no other. */
export class StoredKey {
  readonly #secrets: Secrets;

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  async exists(): Promise<boolean> {
    return (await this.#secrets.get(keySecret)) !== undefined;
  }

  async store(key: string, owner: string): Promise<void> {
    await this.#secrets.delete(keySecret); // half-way, no key stands beside the name of another provider
    await this.#secrets.store(ownerSecret, owner);
    await this.#secrets.store(keySecret, key);
  }

  async delete(): Promise<void> {
    await this.#secrets.delete(keySecret);
    await this.#secrets.delete(ownerSecret);
  }

  /** Gives the key to a server for its memory, if it is for the provider that this server would send it to. */
  async provide(connection: ServerConnection): Promise<void> {
    const apiKey = await this.#secrets.get(keySecret);
    if (apiKey === undefined) return;
    const owner = (await this.#secrets.get(ownerSecret)) ?? defaultOwner;
    if (owner !== (await keyOwner(connection))) return;
    await connection.request("account/login/start", { type: "apiKey", apiKey, storage: "memory" });
  }
}
