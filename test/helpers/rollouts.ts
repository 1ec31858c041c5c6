import fs from "node:fs/promises";
import { v7 as uuid } from "uuid";
import type { ThreadItem } from "../../src/protocol/items.ts";
import type { GitInfo } from "../../src/protocol/threads.ts";
import { type RolloutEntry, rolloutFormat } from "../../src/core/thread/rollout/lines.ts";
import { createRolloutStore } from "../../src/core/thread/rollout/store.ts";
import { createRolloutWriter } from "../../src/core/thread/rollout/writer.ts";

/** What happens in one turn, after what the user says. */
export interface WrittenTurn {
  readonly user: string;
  readonly answer?: string;
  readonly command?: { readonly line: string; readonly output: string };
  readonly change?: { readonly path: string; readonly diff: string };
}

export interface WrittenThread {
  readonly createdMs: number;
  /** When the file was last written; default: when it was made. */
  readonly changedMs?: number;
  readonly cwd?: string;
  readonly modelProvider?: string;
  readonly originator?: string;
  readonly name?: string;
  readonly git?: GitInfo;
  readonly archived?: boolean;
  readonly turns: readonly WrittenTurn[];
}

/** Writes a thread into a home as a server does, line for line, and leaves it. */
export async function writeThread(home: string, thread: WrittenThread): Promise<{ id: string; file: string }> {
  const { createdMs, cwd = "/repo", modelProvider = "test", originator = "test" } = thread;
  const store = createRolloutStore(home);
  const id = uuid({ msecs: createdMs });
  const file = store.fileFor(id, createdMs);
  const writer = createRolloutWriter(file, { offset: 0, nextOrdinal: 0, lock: null }, { now: () => createdMs });
  const settings = {
    cwd,
    model: "test-model",
    modelProvider,
    approvalPolicy: "never",
    sandbox: { type: "dangerFullAccess" },
    effort: null,
    summary: null,
    reviewEdits: "after",
    isPlanMode: false,
    developerInstructions: null,
  } as const;
  const meta = {
    id,
    format: rolloutFormat,
    createdAtMs: createdMs,
    cwd,
    originator,
    cliVersion: "0.0.0",
    modelProvider,
  };
  writer.append([
    {
      type: "session_meta",
      payload: { ...meta, git: null, forkedFromId: null, historyBase: [], preview: "", settings },
    },
    { type: "epoch", payload: { instructions: "Be brief.", tools: [], patchTool: "freeform" } },
  ]);
  for (const [index, turn] of thread.turns.entries()) {
    const turnId = `turn-${index}`;
    const entries = entriesOf(turn, turnId, createdMs);
    const context = { turnId, ...settings, instructionSources: [], userInstructionsHash: null };
    writer.append([
      { type: "turn_started", payload: { turnId, at: createdMs } },
      { type: "turn_context", payload: context },
      ...entries,
      { type: "turn_completed", payload: { turnId, status: "completed", error: null, at: createdMs } },
    ]);
  }
  if (thread.name !== undefined) writer.append([{ type: "thread_name", payload: { name: thread.name } }]);
  if (thread.git !== undefined) writer.append([{ type: "git_info", payload: { git: thread.git } }]);
  await writer.close();
  const changedS = (thread.changedMs ?? createdMs) / 1000;
  await fs.utimes(file, changedS, changedS);
  if (thread.archived !== true) return { id, file };
  const archived = store.archivedFile(file);
  await fs.mkdir(`${home}/archived_sessions`, { recursive: true });
  await fs.rename(file, archived);
  if (thread.name !== undefined) await fs.rename(`${file}.name`, `${archived}.name`);
  return { id, file: archived };
}

function entriesOf({ user, answer, command, change }: WrittenTurn, turnId: string, at: number): RolloutEntry[] {
  const entries: RolloutEntry[] = [
    {
      type: "response_item",
      payload: {
        item: { type: "message", role: "user", content: [{ type: "input_text", text: user }] },
        view: { kind: "userMessage", turnId, id: `${turnId}-user`, clientId: null, at },
      },
    },
  ];
  if (command !== undefined) {
    const callId = `${turnId}-command`;
    const item: ThreadItem = {
      type: "commandExecution",
      id: callId,
      command: command.line,
      cwd: "/repo",
      source: "agent",
      status: "completed",
      commandActions: [],
      aggregatedOutput: null,
      exitCode: 0,
      durationMs: 1,
      startedAtMs: at,
      completedAtMs: at,
    };
    const head = "Exit code: 0\nOutput:\n";
    const output = { in: "response", callId, start: head.length, length: command.output.length } as const;
    entries.push(
      {
        type: "response_item",
        payload: {
          item: {
            type: "function_call",
            call_id: callId,
            name: "exec_command",
            arguments: JSON.stringify({ cmd: command.line }),
          },
        },
      },
      {
        type: "item_started",
        payload: { turnId, item: { ...item, status: "inProgress", exitCode: null, completedAtMs: null } },
      },
      {
        type: "response_item",
        payload: { item: { type: "function_call_output", call_id: callId, output: head + command.output } },
      },
      { type: "item_completed", payload: { turnId, item, output } },
    );
  }
  if (change !== undefined) {
    const id = `${turnId}-change`;
    const item = { type: "fileChange", id, startedAtMs: at } as const;
    const changes = [{ path: change.path, kind: { type: "update" as const, move_path: null }, diff: change.diff }];
    entries.push(
      {
        type: "item_started",
        payload: { turnId, item: { ...item, changes, status: "inProgress", completedAtMs: null } },
      },
      {
        type: "item_completed",
        payload: {
          turnId,
          item: { ...item, changes: [], status: "completed", completedAtMs: at },
          output: { in: "started", changes: [0] },
        },
      },
    );
  }
  if (answer !== undefined) {
    entries.push({
      type: "response_item",
      payload: {
        item: { type: "message", role: "assistant", content: [{ type: "output_text", text: answer }] },
        view: { kind: "agentMessage", turnId, id: `${turnId}-answer`, startedAt: at, at },
      },
    });
  }
  return entries;
}
