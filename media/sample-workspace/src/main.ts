import { readFileSync } from "node:fs";
import { formatReport } from "./report.ts";
import { parseRuns } from "./runs.ts";

const file = process.argv[2] ?? "runs.txt";
const runs = parseRuns(readFileSync(file, "utf8"));

console.log(formatReport(runs));
