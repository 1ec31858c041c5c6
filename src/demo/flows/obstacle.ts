import { firstLine, type CommandOutcome } from "../outcome.ts";

/** Why a story cannot go on after this outcome, in words for the user; null when the command ran to its end. */
export function obstacle(outcome: CommandOutcome, what: string): string | null {
  switch (outcome.kind) {
    case "exited":
      return null;
    case "running":
      return `I wanted to ${what}, but the command was still running after a minute, so I stopped waiting. It may go on in the background.`;
    case "declined":
      return `You declined the command I needed to ${what}, so I stop here. Send the request again if you change your mind.`;
    case "refused":
      return `I was not allowed to ${what}. The answer was: ${firstLine(outcome.text)}`;
    case "noSandbox":
      return [
        `I could not ${what}: the command was **not run**, because there is no sandbox to run it in.`,
        "",
        `> ${firstLine(outcome.text)}`,
        "",
        "Turnwright does not run commands without one in silence. Install what the message names (on Linux that is usually the package `bubblewrap`), or choose *Full access* if you trust this workspace, then send the request again.",
      ].join("\n");
    case "failed":
      return `I could not ${what}. The tool answered: ${firstLine(outcome.text)}`;
  }
}
