import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { builtCli, type Travelled } from "../../helpers/cli.ts";
import { readRecording } from "../../helpers/sessions/recording.ts";
import { replay } from "../../helpers/sessions/replay.ts";
import { openStage } from "../../helpers/sessions/stage.ts";

const folder = path.resolve(import.meta.dirname, "../../fixtures/sessions");
const recordings = fs.readdirSync(folder).flatMap((version) =>
  fs
    .readdirSync(path.join(folder, version))
    .filter((file) => file.endsWith(".jsonl"))
    .map((file) => path.join(version, file)),
);
const read = (name: string) => readRecording(fs.readFileSync(path.join(folder, name), "utf8"));

async function replayed(name: string, change: (line: Travelled) => Travelled = (line) => line): Promise<string[]> {
  const { answers, session } = read(name);
  await using stage = await openStage({ cli: await builtCli(), answers });
  return await replay(session.map(change), stage.transport, stage.surroundings);
}

test("there are recordings of the first version", () => {
  expect(recordings).toEqual(expect.arrayContaining(["0.1.0/extension.jsonl", "0.1.0/plain.jsonl"]));
});

test.each(recordings)("a client as it was recorded works with this server: %s", async (name) => {
  expect(await replayed(name)).toEqual([]);
});

test("a member that is gone, another form and another status are noticed", async () => {
  const differences = await replayed("0.1.0/plain.jsonl", (line) => {
    const { method, params } = line.message;
    if (method === "warning") return { ...line, message: { method, params: { ...Object(params), gone: 1 } } };
    if (method === "thread/started") return { ...line, message: { method, params: { thread: "a thread" } } };
    if (method !== "turn/completed") return line;
    const text = JSON.stringify(line.message).replace('"status":"completed"', '"status":"failed"');
    return { ...line, message: JSON.parse(text) as Travelled["message"] };
  });
  expect(differences.map((difference) => difference.replace(/^line \d+: /u, "")).toSorted()).toEqual([
    "thread/started.params.thread was string and is object",
    ...Array<string>(3).fill("turn/completed.params.turn.status was failed and is completed"),
    "warning.params.gone is gone",
  ]);
});
