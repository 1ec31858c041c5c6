import { finish, run, type Story } from "../flow.ts";
import { firstLine } from "../outcome.ts";
import type { Permissions } from "../permissions.ts";
import type { ModelRequest } from "../request.ts";
import { obstacle } from "./obstacle.ts";

/** Writes a file into the home folder, which the sandbox forbids, shows it and takes it away again. */
export const outsideCommand =
  'touch "$HOME/.turnwright-demo" && ls -l "$HOME/.turnwright-demo" && rm "$HOME/.turnwright-demo"';

/** Run a command that needs approval. */
export function* leaveSandbox(request: ModelRequest, { isPlanOnly, neverAsks, hasFullAccess }: Permissions): Story {
  if (isPlanOnly) {
    return finish(
      `This thread may only read, so I run nothing that writes. In **Ask** or **Agent** mode I would ask you to let this run outside the sandbox:\n\n\`\`\`sh\n${outsideCommand}\n\`\`\``,
    );
  }
  if (neverAsks && !hasFullAccess) {
    return finish(
      "The approval policy of this thread is `never`: nobody is asked, and what needs approval is refused. Choose **Ask** or **Agent** and send the request again.",
    );
  }
  const justification = "May I write a small file into your home folder, show it, and delete it again?";
  const outcome = yield* run(
    request,
    {
      think:
        "**Leaving the sandbox**\n\nInside it only the workspace can be written. A file in the home folder needs the user's consent.",
      say: hasFullAccess
        ? "This thread has full access: there is no sandbox, so the command runs without a question."
        : "Commands run in a sandbox that may write only to the workspace. This one writes to your home folder, so I have to ask you first.",
    },
    { cmd: outsideCommand, ...(!hasFullAccess && { justification }) },
  );
  if (outcome.kind === "declined") {
    return finish(
      "You declined, so the command did not run and nothing was written. That is all it takes: I carry on without it.",
    );
  }
  const stop = obstacle(outcome, "run the command");
  if (stop !== null || outcome.kind !== "exited") return finish(stop ?? "The command did not run.");
  if (outcome.exitCode !== 0) {
    return finish(`The command ran and failed with exit code ${outcome.exitCode}: ${firstLine(outcome.output)}`);
  }
  return finish(
    [
      hasFullAccess ? "The command ran:" : "Thank you. The command ran outside the sandbox, this once:",
      "",
      "```",
      firstLine(outcome.output),
      "```",
      "",
      "The file is deleted again." +
        (hasFullAccess
          ? ""
          : " *Run and don't ask again this session* would have allowed exactly this command line until the session ends; any other asks anew."),
    ].join("\n"),
  );
}
