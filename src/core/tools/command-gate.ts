import { randomBytes } from "node:crypto";
import type { ItemOf } from "../../protocol/items.ts";
import type { CommandAnswer } from "../approvals.ts";
import type { CommandPolicy, PolicyAnswer } from "../exec/policy/policy.ts";
import { formatExecResult, outputBudget } from "../exec/format.ts";
import { ExecError, type Processes } from "../exec/process.ts";
import type { CommandSpec, Sandbox, SandboxedCommand } from "../exec/types.ts";
import type { Approvals } from "../thread/approvals.ts";
import type { ThreadEvent } from "../thread/events.ts";
import type { RolloutEntry } from "../thread/rollout/lines.ts";
import { mayAsk } from "../thread/settings.ts";
import type { ToolOutcome } from "../turn/machine.ts";
import type { CommandBoard } from "./command-board.ts";
import { commandItem } from "./command-item.ts";
import { type CommandVerdict, judgeCommand } from "./command-policy.ts";
import type { CallScope } from "./gate.ts";
import { createRunningCommand, type RunningCommand } from "./running-command.ts";
import { say } from "./tool.ts";

/** Everything a tool may do with commands. */
export interface CommandGate {
  run(request: CommandRequest): Promise<ToolOutcome>;
  /** Writes to a running command of this thread, then waits for output. */
  writeStdin(request: StdinRequest): Promise<ToolOutcome>;
}

export interface CommandRequest {
  readonly script: string;
  /** Absolute. */
  readonly cwd: string;
  readonly justification: string | null;
  readonly isEscalated: boolean;
  readonly keepsInputOpen: boolean;
  readonly yieldMs: number;
  readonly maxOutputTokens: number | null;
}

export interface StdinRequest {
  readonly sessionId: number;
  readonly chars: string;
  readonly yieldMs: number;
  readonly maxOutputTokens: number | null;
}

/** What the command gate is given for one thread. */
export interface CommandDeps {
  readonly approvals: Approvals;
  /** Commands that the user allowed for the session; see {@link keyOf}. */
  readonly allowedCommands: Set<string>;
  readonly policy: CommandPolicy;
  readonly sandbox: Sandbox;
  readonly processes: Processes;
  readonly board: CommandBoard;
  /** The command's whole environment. */
  environment(): Promise<Readonly<Record<string, string>>>;
  shellArgv(script: string): readonly string[];
  /** Absolute path for the whole output of an item. */
  outputFile(itemId: string): string;
  /** The thread's private temp folder; made at first use. */
  tempDir(): Promise<string>;
  readonly denyRead: readonly string[];
}

const declined =
  "not run: the user declined this command. Do not try to do the same in another way; go on without it, or ask what the user wants.";
const aborted = "aborted by user";
const interruptKey = "\u0003";

/** policy, approval if needed, sandbox, run, bounded output, record: for one call. */
export function createCommandGate(scope: CallScope, deps: CommandDeps): CommandGate {
  const { threadId, turnId, callId, itemId, settings, journal, clock, signal } = scope;
  /** Asked again after each await. */
  const isStopped = (): boolean => signal.aborted;

  const judge = async (
    request: CommandRequest,
    sandboxFailure: string | null,
  ): Promise<{ readonly verdict: CommandVerdict; readonly answer: PolicyAnswer | null }> => {
    const { approvalPolicy, sandbox, isPlanMode } = settings;
    const isConfined =
      !request.isEscalated &&
      sandboxFailure === null &&
      approvalPolicy !== "untrusted" &&
      sandbox.type !== "dangerFullAccess";
    // In the sandbox nothing asks, unless the user's rules do; the grammar is not loaded for it.
    const isLookedAt = !isConfined || (await deps.policy.restrictsSandboxed());
    const roots = [settings.cwd, ...scope.writableRoots];
    const answer = isLookedAt ? await deps.policy.judge({ script: request.script, cwd: request.cwd, roots }) : null;
    const verdict = judgeCommand({
      approvalPolicy,
      sandbox,
      isEscalated: request.isEscalated,
      isPlanMode,
      remembers: (isSandboxed) => deps.allowedCommands.has(keyOf(request, isSandboxed)),
      sandboxFailure,
      judgement: answer?.judgement ?? null,
    });
    return { verdict, answer };
  };

  const wrap = async (command: CommandSpec, isSandboxed: boolean) =>
    deps.sandbox.wrap(command, {
      policy: isSandboxed ? settings.sandbox : { type: "dangerFullAccess" },
      writableRoots: scope.writableRoots,
      tempDir: await deps.tempDir(),
      denyRead: deps.denyRead,
      visible: [settings.cwd],
    });

  /** What a command that starts now may touch; compared when the model later writes to it. */
  const reach = (isSandboxed: boolean): string =>
    isSandboxed ? JSON.stringify([settings.sandbox, scope.writableRoots]) : "everything";

  const opening = (item: ItemOf<"commandExecution">): { entries: RolloutEntry[]; events: ThreadEvent[] } => ({
    entries: [{ type: "item_started", payload: { turnId, item } }],
    events: [{ type: "itemStarted", threadId, turnId, item, startedAtMs: item.startedAtMs ?? clock.now() }],
  });

  /** Ends the item of a command that did not run, together with the call's output. */
  const endUnrun = (item: ItemOf<"commandExecution">, status: "declined" | "failed", text: string): ToolOutcome => {
    const ended = { ...item, status, completedAtMs: clock.now() };
    scope.completion = () => ({
      entries: [{ type: "item_completed", payload: { turnId, item: ended } }],
      events: [{ type: "itemCompleted", threadId, turnId, item: ended, completedAtMs: ended.completedAtMs }],
    });
    return say(text);
  };

  const ask = (
    item: ItemOf<"commandExecution">,
    request: Pick<CommandRequest, "script" | "cwd">,
    how: {
      readonly isOpen: boolean;
      readonly reason: string | null;
      readonly isSandboxed: boolean;
      readonly policy: PolicyAnswer | null;
    },
  ): Promise<CommandAnswer> =>
    deps.approvals.askCommand(
      how.isOpen ? { entries: [], events: [] } : opening(item),
      {
        threadId,
        turnId,
        itemId: item.id,
        startedAtMs: item.startedAtMs ?? clock.now(),
        command: item.command,
        script: request.script,
        cwd: request.cwd,
        reason: how.reason,
        commandActions: item.commandActions,
        proposedAmendment: how.policy?.amendment ?? null,
        // What is typed into a running command is judged by nobody.
        isDangerous: how.policy === null || how.policy.judgement.verdict === "danger",
        // That is another thing each time; and what needs an answer needs one each time.
        canRemember: !how.isOpen && how.policy?.judgement.needsAnswer !== true,
        isUnsandboxed: !how.isSandboxed,
      },
      signal,
    );

  /** A rule that cannot be written is no reason not to run what the user allowed: it holds for the session then. */
  const allowForGood = async (
    request: CommandRequest,
    isSandboxed: boolean,
    prefix: readonly string[] | null,
  ): Promise<void> => {
    try {
      if (prefix !== null) await deps.policy.allow(prefix);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      journal.emit({ type: "warning", threadId, message: `The rule was not saved: ${reason}` });
    }
    deps.allowedCommands.add(keyOf(request, isSandboxed));
  };

  const result = async (
    command: RunningCommand,
    { yieldMs, maxOutputTokens }: Pick<CommandRequest, "yieldMs" | "maxOutputTokens">,
  ): Promise<ToolOutcome> => {
    const from = clock.now();
    const waited = await command.waitFor(yieldMs, signal, callId);
    // While it runs its item stays open, and ends without a call.
    scope.completion = waited.kind === "exited" ? waited.completion : null;
    const wallTimeMs = clock.now() - from;
    if (isStopped()) return say(`Wall time: ${(wallTimeMs / 1000).toFixed(1)} seconds\n${aborted}`);
    return say(
      formatExecResult({
        chunkId: randomBytes(3).toString("hex"),
        wallTimeMs,
        state: waited.kind === "exited" ? waited.exit : { sessionId: command.process.sessionId },
        output: command.process.output.takeNew(1024 * 1024),
        maxBytes: outputBudget(maxOutputTokens ?? undefined, { unit: "bytes", value: scope.model.maxToolOutputBytes }),
      }),
    );
  };

  /** Starts what was allowed. The item is open: whatever goes wrong here ends it. */
  const start = async (
    item: ItemOf<"commandExecution">,
    request: CommandRequest,
    isSandboxed: boolean,
    wrapped: SandboxedCommand,
  ): Promise<ToolOutcome> => {
    if (isStopped()) {
      await wrapped.cleanup();
      return endUnrun(item, "failed", aborted);
    }
    try {
      const process = deps.processes.start(wrapped, {
        outputFile: deps.outputFile(itemId),
        stdin: request.keepsInputOpen ? "open" : "closed",
      });
      const command = createRunningCommand(process, item, { script: request.script, reach: reach(isSandboxed) }, scope);
      deps.board.add(command);
      return await result(command, request);
    } catch (error) {
      if (!(error instanceof ExecError)) throw error;
      return endUnrun(item, "failed", `exec_command failed: ${error.message}`);
    }
  };

  const run = async (request: CommandRequest): Promise<ToolOutcome> => {
    const argv = deps.shellArgv(request.script);
    const spec: CommandSpec = { argv, cwd: request.cwd, env: await deps.environment() };
    let { verdict, answer: policy } = await judge(request, null);
    let wrapped: SandboxedCommand | null = null;
    if (verdict.kind === "run" && verdict.isSandboxed) {
      const attempt = await wrap(spec, true);
      if (attempt.kind === "wrapped") wrapped = attempt.command;
      else ({ verdict, answer: policy } = await judge(request, attempt.message));
    }
    if (isStopped()) {
      await wrapped?.cleanup();
      return say(aborted);
    }
    if (verdict.kind === "refuse") return say(verdict.text);
    const item = commandItem({ id: itemId, argv, ...request, startedAtMs: clock.now() });
    const { isSandboxed } = verdict;
    // Should anything below be thrown, the gate ends the item with this.
    endUnrun(item, "failed", "");
    if (verdict.kind === "ask") {
      const reason = reasonOf(request.justification, verdict.why);
      const answer = await ask(item, request, { isOpen: false, reason, isSandboxed, policy });
      if (isStopped() || answer === "cancel") {
        endUnrun(item, "declined", aborted);
        return { text: aborted, endsTurn: true };
      }
      if (answer === "decline") return endUnrun(item, "declined", declined);
      if (answer === "acceptForSession") deps.allowedCommands.add(keyOf(request, isSandboxed));
      if (answer === "acceptForGood") await allowForGood(request, isSandboxed, policy?.amendment ?? null);
    } else {
      const { entries, events } = opening(item);
      journal.commit(entries, events);
    }
    if (wrapped === null) {
      const attempt = await wrap(spec, isSandboxed);
      if (attempt.kind === "unavailable") return endUnrun(item, "failed", `not run: ${attempt.message}`);
      wrapped = attempt.command;
    }
    return start(item, request, isSandboxed, wrapped);
  };

  /** Null: the model may write to the command. Else what it is told. */
  const refuseInput = async (command: RunningCommand, chars: string): Promise<ToolOutcome | null> => {
    const isOpen = settings.sandbox.type === "dangerFullAccess" && settings.approvalPolicy !== "untrusted";
    if (chars === "" || chars === interruptKey || isOpen) return null;
    if (command.reach === reach(true)) return null;
    if (settings.isPlanMode || !mayAsk(settings.approvalPolicy)) {
      return say(
        "write_stdin refused: the command was started with wider permissions than those in force now. End it with \\u0003, or ask the user to change the mode.",
      );
    }
    const reason = `The agent wants to type this into a running command that is not confined: ${command.item.command}`;
    const request = { script: chars, cwd: command.item.cwd };
    const answer = await ask(command.item, request, { isOpen: true, reason, isSandboxed: false, policy: null });
    if (isStopped() || answer === "cancel") return { text: aborted, endsTurn: true };
    if (answer === "decline")
      return say("not written: the user declined. Go on without it, or ask what the user wants.");
    return null;
  };

  return {
    run,
    async writeStdin(request) {
      const command = deps.board.get(threadId, request.sessionId);
      if (command === null) {
        return say(
          `write_stdin failed: no command runs with session id ${request.sessionId}; start it again with exec_command`,
        );
      }
      const refused = await refuseInput(command, request.chars);
      if (refused !== null) return refused;
      if (request.chars !== "") {
        try {
          await command.process.write(request.chars);
        } catch (error) {
          return say(`write_stdin failed: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      return result(command, request);
    },
  };
}

/** The identity under which a command is remembered: its words, its folder, and whether it was shown as confined. */
const keyOf = ({ script, cwd }: CommandRequest, isSandboxed: boolean): string =>
  JSON.stringify([script, cwd, isSandboxed]);

const reasonOf = (justification: string | null, why: string | null): string | null =>
  [justification, why].filter((text) => text !== null).join("\n") || null;
