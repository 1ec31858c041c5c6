import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll } from "vitest";

// The developer's own shell profile, git settings and keys are no part of a test: a profile that takes a second would cost it at each server.
const home = mkdtempSync(path.join(tmpdir(), "turnwright-home-"));
process.env["HOME"] = home;
afterAll(() => rmSync(home, { recursive: true, force: true }));
