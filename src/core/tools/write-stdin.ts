import * as z from "zod";
import { defineTool } from "./tool.ts";

/** Writes to, or polls, a command that is still running. Parameters follow the wire (codex app-server 0.169.0). */
export const writeStdin = defineTool({
  name: "write_stdin",
  description:
    "Writes characters to a running command and returns what it printed since. Leave chars empty to wait for output.",
  params: z.object({
    session_id: z.number().int().describe("Session id that exec_command returned."),
    chars: z.string().optional().describe("What to write; end a line with \\n. Default: nothing, only wait."),
    max_output_tokens: z.number().positive().optional().describe("Cap on the output that comes back. Default 10000."),
    yield_time_ms: z.number().optional().describe("How long to wait for output. Default 10000."),
  }),
  run: (params, context) =>
    context.commands.writeStdin({
      sessionId: params.session_id,
      chars: params.chars ?? "",
      yieldMs: Math.min(30_000, Math.max(250, params.yield_time_ms ?? 10_000)),
      maxOutputTokens: params.max_output_tokens ?? null,
    }),
});
