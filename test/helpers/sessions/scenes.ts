import type { StreamAnswer } from "../../../src/demo/script.ts";
import { everyMethod } from "./every-method.ts";
import { extension } from "./extension.ts";
import { plain } from "./plain.ts";
import type { Stage } from "./stage.ts";

/** A client at work: what the model says to it, and what it does. */
export interface Scene {
  /** Names the recording. */
  readonly name: string;
  /** Data only: they are kept with the recording. */
  readonly answers: readonly StreamAnswer[];
  play(stage: Stage): Promise<void>;
}

/** The clients whose sessions are recorded with each release, and checked against the published schemas. */
export const scenes: readonly Scene[] = [plain, extension, everyMethod];
