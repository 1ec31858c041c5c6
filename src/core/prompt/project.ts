import { liesIn } from "../patch/paths.ts";
import { realFolder } from "../project-folders.ts";

/** What may be read by its real path: what lies in the project and not in a denied place, unless the whole project lies below that. */
export async function projectRule(
  roots: readonly string[],
  denyRead: readonly string[],
): Promise<(realPath: string) => boolean> {
  const real = await Promise.all(roots.map(realFolder));
  const denied = (await Promise.all(denyRead.map(realFolder))).filter(
    (place) => !real.every((root) => root !== place && liesIn(place, root)),
  );
  return (file) => real.some((root) => liesIn(root, file)) && !denied.some((place) => liesIn(place, file));
}
