import { type WrittenTurn, writeThread } from "../test/helpers/rollouts.ts";

const day = 86_400_000;
const threadsADay = 20;

/** A word that one thread in a hundred has, and one that a single thread has. */
export const rareWord = "parseCrateManifest";
export const singleWord = "quaggaStripes";

const words =
  "the a of to in is it that for on with as be this are not or have from at which but can all if more will when file function test error value " +
  "type string number return const import export class async await promise buffer stream thread turn item rollout approval sandbox policy delta " +
  "request response server client window editor panel diff hunk patch command output process signal exit status build lint format commit branch " +
  "merge rebase cache index query table row column page cursor limit offset order filter search match snippet token prompt model provider retry " +
  "timeout socket pipe frame schema parse validate encode decode compress hash sign verify encrypt key secret path folder link mode owner";
const vocabulary = words.split(" ");

/**
 * Fills a home with threads as a server records them: twenty a day, each with a few turns, commands with output and a change, about 10 kB of text
 * each. The same ones for the same count.
 */
export async function writeThreads(home: string, count: number): Promise<void> {
  const random = generator(7);
  const start = Date.UTC(2026, 0, 1, 12) - Math.ceil(count / threadsADay) * day;
  for (let number = 0; number < count; number += 1) {
    const turns = Array.from({ length: 1 + Math.floor(random() * 3) }, () => turnOf(random));
    const special = number === Math.floor(count / 2) ? singleWord : number % 100 === 0 ? rareWord : "";
    const first = { user: `${proseOf(random, 12)} ${special}`, answer: proseOf(random, 150) };
    await writeThread(home, {
      createdMs: start + Math.floor(number / threadsADay) * day + (number % threadsADay) * 60_000,
      cwd: `/home/user/projects/p${number % 40}`,
      originator: number % 7 === 0 ? "exec" : "panel",
      turns: [first, ...turns],
      ...(number % 5 === 0 ? { name: proseOf(random, 4) } : {}),
    });
  }
}

function turnOf(random: () => number): WrittenTurn {
  const lines = Array.from(
    { length: 60 },
    () => `${codeOf(random)}(${codeOf(random)}, ${Math.floor(random() * 1e6)});`,
  );
  return {
    user: proseOf(random, 25),
    command: { line: `grep -rn ${codeOf(random)} src`, output: `${lines.join("\n")}\n` },
    change: {
      path: `/home/user/src/${codeOf(random)}.ts`,
      diff: lines
        .slice(0, 20)
        .map((line) => `+${line}`)
        .join("\n"),
    },
    answer: proseOf(random, 200),
  };
}

const wordOf = (random: () => number): string => vocabulary[Math.floor(random() * vocabulary.length)] ?? "";
const proseOf = (random: () => number, count: number): string =>
  Array.from({ length: count }, () => wordOf(random)).join(" ");
const codeOf = (random: () => number): string =>
  Array.from({ length: 3 }, () => wordOf(random).replace(/^./, (letter) => letter.toUpperCase())).join("");

/** Numbers in [0, 1), the same ones each time (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
