/** Reads `42:10` or `1:05:48` as seconds. */
export function parseDuration(text: string): number {
  const parts = text.split(":").map(Number);
  if (parts.length < 2 || parts.length > 3 || parts.some((part) => !Number.isInteger(part) || part < 0)) {
    throw new Error(`not a time: ${text}`);
  }
  return parts.reduce((total, part) => total * 60 + part, 0);
}

/** Writes seconds as `42:10`, or as `1:05:48` from one hour on. */
export function formatDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = Math.round(seconds % 60);
  const tail = String(rest).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}
