import { lstat } from "node:fs/promises";
import path from "node:path";
import { refused } from "./file-error.ts";
import { isWithin, locationOf } from "./location.ts";

/**
 * Keeps clients' hands off what is not theirs through `fs/*`: places where people keep keys can be neither read nor written, and in the
 * state directory nothing can be changed, since that would be a way around the methods that have rules (trust, for one).
 * Every method takes a location with links resolved and rejects with `FileError`.
 */
export interface Guard {
  mayRead(location: string): Promise<void>;
  mayWrite(location: string): Promise<void>;
  /** For what is read or removed with everything in it. */
  holdsNothingSecret(folder: string, use: "read" | "write"): Promise<void>;
  /** Whether it is, or lies in, a place of keys. */
  isSecret(location: string): Promise<boolean>;
}

export interface GuardOptions {
  /** The state directory, absolute. */
  readonly home: string;
  /** Absolute; need not exist. */
  readonly secrets: readonly string[];
}

/** The files of keys and tokens, with their temporary copies. */
const keyFiles = ["auth.json", "oauth.json"];

export function createGuard({ home, secrets }: GuardOptions): Guard {
  const locate = (target: string): Promise<string> => locationOf(target).catch(() => target);
  // Asked anew each time: a place may have become a link since.
  const places = async (): Promise<{ readonly home: string; readonly secrets: readonly string[] }> => {
    const [ownHome = home, ...others] = await Promise.all([home, ...secrets].map(locate));
    return { home: ownHome, secrets: [...keyFiles.map((name) => path.join(ownHome, name)), ...others] };
  };
  const isSecret = async (location: string): Promise<boolean> => {
    const known = await places();
    const name = path.basename(location);
    const isKeyFile = path.dirname(location) === known.home && keyFiles.some((file) => name.startsWith(file));
    return isKeyFile || known.secrets.some((secret) => isWithin(location, secret));
  };
  const mayRead = async (location: string): Promise<void> => {
    if (await isSecret(location)) throw refused(`${location} is a place of keys, which fs/* methods do not touch`);
  };

  return {
    isSecret,
    mayRead,
    async mayWrite(location) {
      await mayRead(location);
      const known = await places();
      if (isWithin(location, known.home)) {
        throw refused(
          `${location} is in the state directory, which fs/* methods do not change; use config/* and thread/*`,
        );
      }
    },
    async holdsNothingSecret(folder, use) {
      const known = await places();
      const kept = use === "write" ? [known.home, ...known.secrets] : known.secrets;
      const below = kept.filter((place) => isWithin(place, folder));
      for (const place of below) {
        if (await exists(place)) throw refused(`${folder} holds ${place}, which fs/* methods do not touch`);
      }
    },
  };
}

const exists = (target: string): Promise<boolean> =>
  lstat(target).then(
    () => true,
    () => false,
  );
