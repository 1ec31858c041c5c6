import type { QueuedSubmission } from "../../protocol/queue.ts";
import type { UserInput } from "../../protocol/settings.ts";
import type { Thread } from "../../protocol/threads.ts";
import type { Turn } from "../../protocol/turns.ts";
import type { ModelInfo } from "../model/types.ts";
import type { RunningTurn } from "../turn/runner.ts";
import { seconds } from "./clock.ts";
import { describeLoaded, describeThread, turnInProgress } from "./describe.ts";
import { createEpochs } from "./epochs.ts";
import type { History } from "./history.ts";
import { createInjections } from "./injections.ts";
import type { Journal } from "./journal.ts";
import { createModelCalls, type TurnFrame } from "./model-calls.ts";
import { createLabels } from "./labels.ts";
import type { LiveThread, ThreadDeps, ThreadSeed } from "./live-thread.ts";
import { notRecorded } from "./not-recorded.ts";
import { createTurnQueue } from "./queue.ts";
import type { RolloutEntry } from "./rollout/lines.ts";
import { textOf } from "./rollout/replay.ts";
import { createRawEvents, noRawEvents } from "./raw-events.ts";
import { createRunSettings } from "./run-settings.ts";
import { createSteers } from "./steers.ts";
import { createSurroundings } from "./surroundings.ts";
import { ThreadRequestError, type TurnOverrides } from "./threads.ts";
import { createTurnRuns, type TurnPurpose } from "./turn-runs.ts";
import { recordMessage } from "./user-message.ts";
import { createUserShell } from "./user-shell.ts";

/** What a turn begins with. */
type FirstStep =
  | {
      readonly kind: "message";
      readonly input: readonly UserInput[];
      readonly clientId: string | null;
      /** It came by the queue. */
      readonly queued: QueuedSubmission | null;
    }
  | Exclude<TurnPurpose, { kind: "message" }>;

export function createThread(seed: ThreadSeed, history: History, journal: Journal, deps: ThreadDeps): LiveThread {
  const { clock } = deps;
  const { id } = seed.meta;
  const here = createSurroundings({
    ...seed,
    shell: deps.shell,
    clock,
    readDocs: (cwd) => deps.readDocs(cwd),
    readFolderDocs: deps.readFolderDocs,
  });
  journal.observe((entry) => here.observe(entry));
  const raw = seed.hasRawEvents ? createRawEvents(id, journal) : noRawEvents;
  const itemIds = new Set(seed.itemIds);
  let { preview, updatedAtMs } = seed;
  const epochs = createEpochs({
    current: seed.epoch,
    file: seed.fileInstructions,
    readFile: () => deps.readInstructions(here.settings.cwd),
    hostedTools: () => deps.models.hostedTools(here.settings.modelProvider),
  });
  const calls = createModelCalls({
    seed,
    history,
    journal,
    deps,
    surroundings: here,
    epochs,
    claimId: () => claimId(undefined),
  });
  let isBroken = false;
  let { isRecorded } = seed;
  let isRetired = false;
  const labels = createLabels(seed, journal, () => isRecorded);
  let hasWarned = false;
  let running: RunningTurn | null = null;
  /** Recorded, but its first effects wait until the answer to the request has left. */
  let starting: Promise<RunningTurn> | null = null;
  let lock: Promise<unknown> = Promise.resolve();
  let preparing = 0;
  const settings = createRunSettings(id, here, journal);
  const injections = createInjections((entries) => {
    journal.commit([...opening(), ...entries], []);
    isRecorded = true;
    updatedAtMs = clock.now();
  });
  const steers = createSteers();
  let isClosing = false;

  /** Turns are prepared one after the other, whatever arrives at once. */
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    preparing += 1;
    const result = lock.then(work).finally(() => (preparing -= 1));
    lock = result.catch(() => undefined);
    return result;
  };

  /** What stands before everything else in the file. */
  const opening = (): readonly RolloutEntry[] =>
    isRecorded
      ? []
      : [{ type: "session_meta", payload: { ...seed.meta, settings: here.settings } }, ...labels.entries()];

  const claimId = (wanted: string | undefined): string => {
    const itemId = wanted === undefined || itemIds.has(wanted) ? deps.newId() : wanted;
    itemIds.add(itemId);
    return itemId;
  };

  const shell = createUserShell({
    threadId: id,
    journal,
    clock,
    deps: deps.gate,
    newItemId: () => claimId(undefined),
    frame: () => ({
      cwd: here.settings.cwd,
      maxOutputBytes: deps.models.info(here.settings.model).maxToolOutputBytes,
    }),
    tell: (entry) => (running === null && starting === null ? journal.commit([entry], []) : steers.add([entry], [])),
  });

  const runs = createTurnRuns({
    threadId: id,
    journal,
    deps,
    surroundings: here,
    calls,
    steers,
    injections,
    shell,
    raw,
    claimId,
    onBroken: () => {
      isBroken = true;
    },
  });

  const messageOf = (turnId: string, input: readonly UserInput[], clientId: string | null, cwd: string) =>
    recordMessage(input, { threadId: id, turnId, itemId: claimId(undefined), clientId, nowMs: clock.now() }, (parts) =>
      deps.readSkills(parts, cwd),
    );

  const begin = async (first: FirstStep, overrides: TurnOverrides): Promise<Turn> => {
    if (isClosing) throw new ThreadRequestError("notLoaded", `thread not found: ${id}`);
    const turnId = deps.newId();
    const before = here.settings;
    const next = settings.next(overrides);
    const message = first.kind === "message" ? await messageOf(turnId, first.input, first.clientId, next.cwd) : null;
    const queued = first.kind === "message" ? first.queued : null;
    const info = deps.models.info(next.model);
    const frame: TurnFrame = {
      turnId,
      model: next.model,
      effort: next.effort,
      summary: next.summary,
      info,
      client: deps.models.client(next.modelProvider),
      streamMaxRetries: deps.models.streamMaxRetries(next.modelProvider),
    };
    const epoch = epochs.for(info);
    await here.visit(next.cwd);
    here.set(next);
    if (overrides.editor !== undefined) here.setEditor(overrides.editor);
    const surroundings = here.tell(turnId);
    const at = clock.now();
    try {
      // Recorded now, shown after the answer to the request has left.
      journal.commit(
        [
          ...opening(),
          ...(epoch === epochs.current ? [] : [{ type: "epoch", payload: epoch } as const]),
          { type: "turn_started", payload: { turnId, at } },
          ...surroundings.entries,
          ...(message === null ? [] : message.entries),
          ...queue.leaving(queued),
        ],
        [],
      );
    } catch (error) {
      here.set(before);
      throw notRecorded(error);
    }
    surroundings.told();
    settings.begun();
    settings.announce();
    queue.turnBegan(queued);
    if (epochs.current === null) labels.look(next.cwd);
    epochs.begun(epoch);
    isRecorded = true;
    updatedAtMs = at;
    if (preview === "" && first.kind === "message") preview = textOf(first.input);
    starting = new Promise((resolve) => {
      setImmediate(() => {
        const turn = { ...turnInProgress(turnId), startedAt: seconds(at) };
        journal.emit({ type: "statusChanged", threadId: id, status: { type: "active", activeFlags: [] } });
        journal.emit({ type: "turnStarted", threadId: id, turn });
        raw.turnShown();
        for (const event of message?.events ?? []) journal.emit(event);
        if (message !== null) warn(info);
        resolve(runs.run(frame, first));
      });
    });
    void starting.then((live) => {
      running = live;
      starting = null;
      void live.ended.then(({ status }) => {
        updatedAtMs = clock.now();
        running = null;
        queue.turnEnded(status);
        void queue.advance();
      });
    });
    return turnInProgress(turnId);
  };

  /** Says once what the user should know about the model and the instructions. */
  const warn = (info: ModelInfo): void => {
    if (hasWarned) return;
    hasWarned = true;
    const unknown = info.isKnown
      ? null
      : `Nothing is known about the model ${info.slug}; it is used with cautious defaults. Set model_context_window if its window differs.`;
    for (const message of [unknown, here.docs.warning]) {
      if (message !== null) journal.emit({ type: "warning", threadId: id, message });
    }
  };

  /** False: the turn had come to its end. */
  const addSteer = async (
    live: RunningTurn,
    input: readonly UserInput[],
    overrides: TurnOverrides,
    clientId: string | null,
  ): Promise<boolean> => {
    const message = await messageOf(live.turnId, input, clientId, here.settings.cwd);
    // The model hears of it together with the message.
    const changes = settings.during(live.turnId, overrides);
    settings.announce();
    const takeBack = steers.add([...(changes?.entries ?? []), ...message.entries], message.events);
    if (live.steer()) {
      changes?.told();
      return true;
    }
    takeBack();
    return false;
  };

  const refuseRetired = (): void => {
    if (isRetired) throw new ThreadRequestError("notLoaded", `thread ${id} has just been closed; send that again`);
  };

  const activeTurn = async (): Promise<RunningTurn | null> => (starting === null ? running : starting);

  const queue = createTurnQueue(seed, {
    threadId: id,
    journal,
    exclusively,
    isOver: () => isClosing || isRetired || isBroken || journal.isBroken,
    refuseRetired,
    isActive: async () => (await activeTurn()) !== null,
    begin: (queued) =>
      begin({ kind: "message", input: queued.input, clientId: queued.clientUserMessageId, queued }, {}),
  });

  const toThread = (turns: readonly Turn[]): Thread =>
    describeThread({
      meta: seed.meta,
      settings: here.settings,
      preview,
      name: labels.name,
      git: labels.git,
      updatedAtMs,
      status: seed.status(),
      path: seed.path,
      turns,
    });

  return {
    id,
    get isBroken() {
      return isBroken || journal.isBroken;
    },
    get settings() {
      return settings.next({});
    },
    toThread,
    describe: (turns) => describeLoaded(toThread(turns), here.settings, here.docs.sources),
    async override(change, overrides) {
      here.set(change(here.settings));
      if (overrides.baseInstructions !== undefined) epochs.replaceInstructions(overrides.baseInstructions);
      await here.visit(here.settings.cwd);
      settings.announce();
    },
    updateSettings: (overrides) =>
      exclusively(async () => {
        refuseRetired();
        const live = await activeTurn();
        const turnId = live === null || live.isEnding ? null : live.turnId;
        settings.update(overrides, turnId, isRecorded, (entries) => steers.add(entries, []));
      }),
    updateTurn(turnId, { model, effort, summary }) {
      const { frame } = runs;
      if (frame?.turnId !== turnId || running?.isEnding === true) return false;
      const info = deps.models.info(model ?? frame.model);
      if (epochs.for(info) !== epochs.current) {
        const message = `${info.slug} takes its tools in another form than the running turn; change the model for the next turn (thread/settings/update)`;
        throw new ThreadRequestError("badInput", message);
      }
      const changed = { effort: effort ?? frame.effort, summary: summary ?? frame.summary };
      runs.adjust({ ...frame, ...changed, model: info.slug, info });
      return true;
    },
    startTurn: (input, overrides, clientId) =>
      exclusively(async () => {
        refuseRetired();
        const live = await activeTurn();
        if (live !== null) {
          if (await addSteer(live, input, overrides, clientId)) return turnInProgress(live.turnId);
          await live.ended;
        }
        return begin({ kind: "message", input, clientId, queued: null }, overrides);
      }),
    runShell: (command) =>
      exclusively(async () => {
        refuseRetired();
        const live = await activeTurn();
        if (live !== null && !live.isEnding) return shell.beside(command, live.turnId);
        await live?.ended;
        await begin({ kind: "shell", command }, {});
      }),
    compact: (wishes) =>
      exclusively(async () => {
        refuseRetired();
        const live = await activeTurn();
        if (live !== null && !live.isEnding) {
          throw new ThreadRequestError("turnRunning", `thread ${id} has a running turn; interrupt it first`);
        }
        await live?.ended;
        if (history.length === 0) {
          throw new ThreadRequestError("badInput", `thread ${id} has nothing to compact yet; send a message first`);
        }
        await begin({ kind: "compaction", wishes }, {});
      }),
    steer: (expectedTurnId, input, clientId) =>
      exclusively(async () => {
        const live = await activeTurn();
        if (live === null) throw new ThreadRequestError("noActiveTurn", "no active turn to steer");
        if (live.turnId !== expectedTurnId) {
          const message = `expected active turn id \`${expectedTurnId}\` but found \`${live.turnId}\``;
          throw new ThreadRequestError("wrongTurn", message);
        }
        if (await addSteer(live, input, {}, clientId)) return live.turnId;
        throw new ThreadRequestError("noActiveTurn", "no active turn to steer");
      }),
    async inject(items) {
      const { recorded } = await exclusively(async () => {
        refuseRetired();
        return injections.add(items, await activeTurn());
      });
      await recorded;
    },
    retire: () =>
      exclusively(async () => {
        isRetired = (await activeTurn()) === null;
        return isRetired;
      }),
    interrupt(turnId) {
      const stop = (live: RunningTurn): void => {
        if (live.turnId !== turnId) {
          throw new ThreadRequestError("wrongTurn", `expected active turn id ${turnId} but found ${live.turnId}`);
        }
        live.interrupt();
      };
      if (running !== null) return stop(running);
      if (starting === null) throw new ThreadRequestError("noActiveTurn", "no active turn to interrupt");
      void starting.then(stop).catch(() => undefined); // another turn's id: nothing to stop
    },
    queue,
    setName: (name) => labels.setName(name).catch(toUser),
    setGit: (git) => labels.setGit(git).catch(toUser),
    get isIdle() {
      const isActive = running !== null || starting !== null || preparing > 0 || shell.isRunning;
      return !isActive && queue.list.length === 0 && deps.board.running(id).length === 0;
    },
    async close() {
      isClosing = true;
      labels.close();
      const live = await activeTurn();
      live?.interrupt();
      await live?.ended;
      await Promise.all([deps.board.endThread(id), shell.end(null)]);
      await journal.close();
    },
    mark: () => journal.mark(),
  };
}

const toUser = (error: unknown): never => {
  throw notRecorded(error);
};
