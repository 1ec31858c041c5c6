import { chmod, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../replace-file.ts";

/**
 * The name under which the key of the built-in `openai` provider is known: its environment variable and its member of
 * auth.json.
 */
export const openaiKeyName = "OPENAI_API_KEY";

/** Where a key comes from, the strongest first: given by the client for this process, the environment, auth.json. */
export type KeySource = "client" | "environment" | "file";

/** auth.json cannot be used. The message names the file and says what to do; it never holds a part of the file. */
export class AuthFileError extends Error {
  readonly reason: "unreadable" | "malformed";
  constructor(reason: AuthFileError["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AuthFileError";
    this.reason = reason;
  }
}

/**
 * The API keys of this process. A key has the name of the environment variable that a provider calls for (`env_key`),
 * and goes to no provider that calls for another name.
 */
export interface Auth {
  /**
   * The key, trimmed, or null. Rejects with {@link AuthFileError} if it may only be in the file and the file cannot be
   * read.
   */
  key(name: string): Promise<string | null>;
  source(name: string): Promise<KeySource | null>;
  /** Keeps the key in memory only, over every other source. */
  useKey(name: string, key: string): void;
  /**
   * Writes the key to auth.json (mode 0600, atomically; other members are kept unless the file is malformed) and uses
   * it from now on.
   */
  saveKey(name: string, key: string): Promise<void>;
  /** Forgets the keys in memory and removes auth.json. What the environment holds stays. */
  logout(): Promise<void>;
}

type AuthFile = Readonly<Record<string, unknown>>;
const maxFileBytes = 1024 * 1024;

/** @param options.home the state directory; @param options.env the environment that keys are looked up in. */
export function createAuth(options: { readonly home: string; readonly env: NodeJS.ProcessEnv }): Auth {
  const path = join(options.home, "auth.json");
  const inMemory = new Map<string, string>();

  const find = async (name: string): Promise<{ key: string; source: KeySource } | null> => {
    const given = inMemory.get(name);
    if (given !== undefined) return { key: given, source: "client" };
    const exported = options.env[name]?.trim();
    if (exported !== undefined && exported !== "") return { key: exported, source: "environment" };
    const stored = (await readAuthFile(path))?.[name];
    if (typeof stored === "string" && stored.trim() !== "") return { key: stored.trim(), source: "file" };
    return null;
  };

  return {
    key: async (name) => (await find(name))?.key ?? null,
    source: async (name) => (await find(name))?.source ?? null,
    useKey: (name, key) => void inMemory.set(name, key.trim()),
    saveKey: async (name, key) => {
      const before = await readAuthFile(path).catch((error: unknown) => {
        if (error instanceof AuthFileError && error.reason === "malformed") return null;
        throw error;
      });
      const content: AuthFile = { ...before, auth_mode: "apikey", [name]: key.trim() };
      await replaceFile(path, `${JSON.stringify(content, null, 2)}\n`, 0o600);
      inMemory.set(name, key.trim());
    },
    logout: async () => {
      inMemory.clear();
      await rm(path, { force: true });
    },
  };
}

/** A file of secrets: for the user alone, at most 1 MiB, a JSON object; null when there is none. Rejects with {@link AuthFileError}. */
export async function readAuthFile(path: string): Promise<AuthFile | null> {
  let text: string;
  try {
    const { mode, size } = await stat(path);
    if (size > maxFileBytes) throw malformed(path);
    // A key that others can read: closed at once, as far as the platform has modes. Failing that is no reason not to
    // work.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) await chmod(path, 0o600).catch(() => undefined);
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof AuthFileError) throw error;
    if (isMissing(error)) return null;
    throw new AuthFileError(
      "unreadable",
      `${path} cannot be read. Check its owner and permissions, or remove it and sign in again.`,
      {
        cause: error,
      },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed(path); // no cause: the parser quotes the text, and that holds the key
  }
  if (!isRecord(value)) throw malformed(path);
  return value;
}

function malformed(path: string): AuthFileError {
  return new AuthFileError("malformed", `${path} is not a JSON object. Remove it and sign in again.`);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
