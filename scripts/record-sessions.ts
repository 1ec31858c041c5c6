/**
 * npm run record-sessions: keeps the sessions of our clients with the version in package.json, in test/fixtures/sessions/<version>. Done once,
 * when a version is released; later versions replay them.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { version } from "../src/app-server/version.ts";
import { builtCli } from "../test/helpers/cli.ts";
import { normalised, writeRecording } from "../test/helpers/sessions/recording.ts";
import { scenes } from "../test/helpers/sessions/scenes.ts";
import { openStage } from "../test/helpers/sessions/stage.ts";

const folder = path.resolve(import.meta.dirname, "../test/fixtures/sessions", version);
const cli = await builtCli();
await fs.mkdir(folder, { recursive: true });
for (const scene of scenes) {
  const { name, answers } = scene;
  await using stage = await openStage({ cli, answers });
  await scene.play(stage);
  stage.assertExhausted();
  const session = normalised(stage.session, stage.surroundings);
  const file = path.join(folder, `${name}.jsonl`);
  await fs.writeFile(file, writeRecording({ answers, session }));
  process.stdout.write(`${file}\n`);
}
