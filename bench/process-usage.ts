import fs from "node:fs/promises";
import process from "node:process";

/** Clock ticks a second in /proc; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Whether a process can be asked what it uses: Linux, by proc(5). */
export const canReadUsage = process.platform === "linux";

/** CPU time of another process so far, user and system, in seconds, in steps of 10 ms. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await fs.readFile(`/proc/${pid}/stat`, "latin1");
  // The name in parentheses may hold blanks; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Resident memory of another process, in MiB. */
export async function rssMibOf(pid: number): Promise<number> {
  const status = await fs.readFile(`/proc/${pid}/status`, "latin1");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
