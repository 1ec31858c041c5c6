import { Icon } from "../controls/icon.tsx";
import { useNow } from "../controls/use-now.ts";
import { formatDuration } from "../units.ts";

/** The last line of a turn that goes on, while nothing else in it moves. `startedAt` in Unix seconds. */
export function Working({ startedAt }: { startedAt: number | null }) {
  const now = useNow(startedAt !== null);
  const elapsed = startedAt === null ? 0 : Math.floor(now / 1000 - startedAt);
  return (
    <div class="row static working">
      <Icon name="loading" isSpinning />
      <span class="row-title">Working</span>
      {elapsed > 0 && <span class="row-meta">{formatDuration(elapsed * 1000)}</span>}
    </div>
  );
}
