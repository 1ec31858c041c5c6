/** The last `count` lines of an output, without scanning the rest of it. `hidden` says how many lines were left out. */
export function lastLines(output: string, count: number): { text: string; hidden: number } {
  const end = output.endsWith("\n") ? output.length - 1 : output.length;
  let start = end;
  for (let lines = 0; lines < count; lines++) {
    const newline = output.lastIndexOf("\n", start - 1);
    if (newline === -1 || start === 0) return { text: output.slice(0, end), hidden: 0 };
    start = newline;
  }
  return { text: output.slice(start + 1, end), hidden: countLines(output, start) };
}

function countLines(output: string, end: number): number {
  let lines = 1;
  for (let at = output.indexOf("\n"); at !== -1 && at < end; at = output.indexOf("\n", at + 1)) lines++;
  return lines;
}
