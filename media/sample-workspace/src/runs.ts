import { parseDuration } from "./duration.ts";

export interface Run {
  readonly date: string;
  readonly kilometres: number;
  readonly seconds: number;
  readonly note: string;
}

const linePattern = /^(\d{4}-\d{2}-\d{2})\s+(\d+(?:\.\d+)?)\s*km\s+(\d+(?::\d{2}){1,2})(?:\s+(.*))?$/;

/** Reads the log: one run per line; empty lines and lines that begin with `#` are left out. */
export function parseRuns(text: string): Run[] {
  return text
    .split("\n")
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== "" && !line.startsWith("#"))
    .map(({ line, number }) => {
      const match = linePattern.exec(line);
      if (!match) throw new Error(`line ${number} is not a run: ${line}`);
      const [, date = "", kilometres = "", time = "", note = ""] = match;
      return { date, kilometres: Number(kilometres), seconds: parseDuration(time), note };
    });
}
