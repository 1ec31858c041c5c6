import { readCommandOutcome, readPatchOutcome, type CommandOutcome, type PatchOutcome } from "./outcome.ts";
import type { ModelRequest, ToolExchange } from "./request.ts";
import { customToolCall, functionCall, message, reasoning, type ScriptItem } from "./script.ts";

/**
 * A conversation of the demo model, written as a story: a generator that yields what it says and calls, and is given the outputs of
 * its calls. It keeps no state between requests. For each one it is told again from the beginning, with the outputs that the request
 * holds, until it comes to a call that has no output yet: that is the answer. So it survives a resume, a restart, and a stream that
 * broke between two calls.
 */
export type Flow<R> = Generator<readonly ScriptItem[], R, readonly string[]>;
/** A whole story; it returns its last words. */
export type Story = Flow<readonly ScriptItem[]>;

type Call = Extract<ScriptItem, { readonly name: string }>;
const isCall = (item: ScriptItem): item is Call => "name" in item;
const payloadOf = (call: Call) => (call.type === "function_call" ? call.arguments : call.input);

/** Clients may write JSON anew; only its value counts. */
const normal = (payload: string): string => {
  try {
    return JSON.stringify(JSON.parse(payload));
  } catch {
    return payload;
  }
};

/** Tells a story up to where the conversation stands, and returns what the model says next. */
export function tell(story: Story, exchanges: readonly ToolExchange[]): readonly ScriptItem[] {
  let position = 0;
  for (let turn = story.next(); ;) {
    if (turn.done === true) return turn.value;
    const calls = turn.value.filter(isCall);
    const outputs: string[] = [];
    const missing: Call[] = [];
    for (const call of calls) {
      const at = exchanges.findIndex(
        ({ name, payload }, index) =>
          index >= position && name === call.name && normal(payload) === normal(payloadOf(call)),
      );
      const found = exchanges[at];
      if (found === undefined) {
        missing.push(call);
      } else {
        outputs.push(found.output);
        position = at + 1;
      }
    }
    // Part of a step is there when a stream broke between its calls: only the rest is called, nothing is said twice.
    if (missing.length > 0) return missing.length === calls.length ? turn.value : missing;
    turn = story.next(outputs);
  }
}

/** What may go along with a call. */
export interface Aside {
  /** A part of the reasoning summary. */
  readonly think?: string;
  /** Words to the user before the call. */
  readonly say?: string;
  /** Sent as `update_plan` in the same response, where that tool is offered. */
  readonly plan?: Plan;
}
export interface Plan {
  readonly explanation?: string;
  readonly plan: readonly { readonly step: string; readonly status: "pending" | "in_progress" | "completed" }[];
}

/** A plan whose first `done` steps are completed and whose next one is in progress. */
export const planAt = (steps: readonly string[], done: number, explanation?: string): Plan => ({
  ...(explanation !== undefined && { explanation }),
  plan: steps.map((step, index) => ({
    step,
    status: index < done ? "completed" : index === done ? "in_progress" : "pending",
  })),
});
/** A plan of which nothing has begun. */
export const planAhead = (steps: readonly string[]): Plan => ({
  plan: steps.map((step) => ({ step, status: "pending" })),
});

export interface CommandCall {
  readonly cmd: string;
  /** Present: the user is asked to let it run outside the sandbox, with this question. */
  readonly justification?: string;
}

/** Says, plans and calls; returns the outputs of `calls` in order. */
function* perform(request: ModelRequest, { think, say, plan }: Aside, calls: readonly Call[]): Flow<readonly string[]> {
  const planCalls = plan && request.tools.has("update_plan") ? [functionCall("update_plan", plan)] : [];
  const words = [
    ...(think === undefined ? [] : [reasoning(think)]),
    ...(say === undefined ? [] : [message(say, "commentary")]),
  ];
  if (planCalls.length + calls.length === 0) return [];
  const outputs = yield [...words, ...planCalls, ...calls];
  return outputs.slice(planCalls.length);
}

const execCall = ({ cmd, justification }: CommandCall): Call =>
  functionCall("exec_command", {
    cmd,
    ...(justification !== undefined && { sandbox_permissions: "require_escalated", justification }),
    yield_time_ms: 15_000,
  });

/** Polls of a command that does not end, before the story goes on without it. */
const maxPolls = 4;

/** Runs one command and waits for its end (up to about 75 s). */
export function* run(request: ModelRequest, aside: Aside, call: CommandCall): Flow<CommandOutcome> {
  const [text = ""] = yield* perform(request, aside, [execCall(call)]);
  let outcome = readCommandOutcome(text);
  let seen = "";
  for (let poll = 0; outcome.kind === "running" && poll < maxPolls && request.tools.has("write_stdin"); poll++) {
    seen += outcome.output;
    const { sessionId } = outcome;
    // The poll number makes each call a different one.
    const input = { session_id: sessionId, chars: "", yield_time_ms: 15_000 + poll };
    const [more = ""] = yield* perform(request, {}, [functionCall("write_stdin", input)]);
    outcome = readCommandOutcome(more);
  }
  return outcome.kind === "exited" || outcome.kind === "running"
    ? { ...outcome, output: seen + outcome.output }
    : outcome;
}

/** Runs several short commands side by side; the returned function gives the outcome of each. */
export function* runAll(
  request: ModelRequest,
  aside: Aside,
  cmds: readonly string[],
): Flow<(cmd: string) => CommandOutcome> {
  const outputs = yield* perform(
    request,
    aside,
    cmds.map((cmd) => execCall({ cmd })),
  );
  return (cmd) => readCommandOutcome(outputs[cmds.indexOf(cmd)] ?? "");
}

/** Sends a patch in the form that is on offer. */
export function* applyPatch(request: ModelRequest, aside: Aside, patch: string): Flow<PatchOutcome> {
  const call =
    request.tools.get("apply_patch") === "custom"
      ? customToolCall("apply_patch", patch)
      : functionCall("apply_patch", { input: patch });
  const [text = ""] = yield* perform(request, aside, [call]);
  return readPatchOutcome(text);
}

/** Sends a plan by itself. */
export function* showPlan(request: ModelRequest, aside: Aside): Flow<void> {
  yield* perform(request, aside, []);
}

/** Last words. */
export const finish = (text: string): readonly ScriptItem[] => [message(text, "final_answer")];
