import path from "node:path";
import * as z from "zod";
import { parseApplyPatchCommand } from "../patch/heredoc.ts";
import { defineTool } from "./tool.ts";

const maxYieldMs = 30_000;
const minYieldMs = 250;

/** Runs a command line in the user's shell, under the sandbox. Parameters follow the wire (codex app-server 0.169.0). */
export const execCommand = defineTool({
  name: "exec_command",
  description:
    "Runs a command line in a shell and returns its output, or a session id while it is still running. The sandbox decides what it may touch.",
  params: z.object({
    cmd: z.string().min(1).describe("Command line for the shell."),
    justification: z
      .string()
      .optional()
      .describe('Only with sandbox_permissions "require_escalated": one question to the user that says what for.'),
    max_output_tokens: z.number().positive().optional().describe("Cap on the output that comes back. Default 10000."),
    sandbox_permissions: z
      .enum(["use_default", "require_escalated"])
      .optional()
      .describe('"require_escalated" asks the user to run the command outside the sandbox. Default "use_default".'),
    tty: z
      .boolean()
      .optional()
      .describe("true keeps the input of the command open, for write_stdin. Default false: its input is empty."),
    workdir: z.string().optional().describe("Folder to run in. Default: the working folder of the thread."),
    yield_time_ms: z
      .number()
      .optional()
      .describe(`How long to wait for output before the command goes on in the background. Default 10000.`),
  }),
  async run(params, context) {
    const cwd = params.workdir === undefined ? context.cwd : path.resolve(context.cwd, params.workdir);
    // Models also write patches as a shell heredoc; they get the same checks and the same review as the tool.
    const patch = parseApplyPatchCommand(params.cmd);
    if (patch !== null) {
      const folder = patch.cwd === null ? cwd : path.resolve(cwd, patch.cwd);
      return context.files.applyPatch({ patch: patch.patch, cwd: folder });
    }
    return context.commands.run({
      script: params.cmd,
      cwd,
      justification: params.justification ?? null,
      keepsInputOpen: params.tty === true,
      isEscalated: params.sandbox_permissions === "require_escalated",
      yieldMs: Math.min(maxYieldMs, Math.max(minYieldMs, params.yield_time_ms ?? 10_000)),
      maxOutputTokens: params.max_output_tokens ?? null,
    });
  },
});
