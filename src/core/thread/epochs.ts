import { holdsOther, type HostedToolSpec } from "../model/hosted-tools.ts";
import type { ModelInfo } from "../model/types.ts";
import { familyInstructions, familyOf } from "../prompt/base-instructions.ts";
import { toolSpecs } from "../tools/index.ts";
import type { Epoch } from "./rollout/lines.ts";

/** The prompt epochs of one thread: which instructions and tools stand around the input of its requests, and when they may become others. */
export interface Epochs {
  /** The one that requests are made in; null before the first turn. */
  readonly current: Epoch | null;
  /** The one that a model needs: the current one wherever it can be. */
  for(info: ModelInfo): Epoch;
  /** For a prompt that begins anew: instructions and tools as they are now, where they can be read. The current one if nothing has changed. */
  renewed(info: ModelInfo): Promise<Epoch>;
  /** It is recorded: requests are made in it from now on. */
  begun(epoch: Epoch): void;
  /** A client's own instructions take the place of all others, from the next turn on. */
  replaceInstructions(text: string): void;
}

type Instructions = Pick<Epoch, "instructions" | "source">;

/**
 * @param start.file text of `model_instructions_file` as it was when the thread was loaded; null: there is none
 * @param start.readFile the same, as it is now; rejects when it cannot be read
 */
export function createEpochs(start: {
  readonly current: Epoch | null;
  readonly file: string | null;
  readFile(): Promise<string | null>;
  /** Those that the thread's provider runs itself; they stand behind ours. */
  hostedTools(): readonly HostedToolSpec[];
}): Epochs {
  let { current } = start;
  let own: string | null = null;

  const fresh = (file: string | null, info: ModelInfo): Instructions => {
    if (own !== null) return { instructions: own, source: "client" };
    if (file !== null) return { instructions: file, source: "file" };
    const family = familyOf(info);
    return { instructions: familyInstructions(family), source: family };
  };

  const instructionsFor = (info: ModelInfo): Instructions => {
    if (own !== null || current === null) return fresh(start.file, info);
    const { source } = current;
    const isOfFamily = source === "agentic" || source === "general";
    return isOfFamily && source !== familyOf(info) ? fresh(null, info) : current;
  };

  const renewedInstructions = async (info: ModelInfo, epoch: Epoch): Promise<Instructions> => {
    // Whose they are is not known of older threads: perhaps a client's.
    const isClients = epoch.source === "client" || epoch.source === undefined;
    if (isClients && own === null) return epoch;
    try {
      return fresh(await start.readFile(), info);
    } catch {
      return epoch.source === "file" && own === null ? epoch : fresh(null, info);
    }
  };

  const toolsFor = (info: ModelInfo): Epoch["tools"] => {
    const hosted = start.hostedTools();
    return hosted.length === 0 ? toolSpecs(info) : [...toolSpecs(info), ...hosted];
  };

  const epochOf = ({ instructions, source }: Instructions, info: ModelInfo): Epoch => ({
    instructions,
    ...(source === undefined ? {} : { source }),
    tools: toolsFor(info),
    patchTool: info.patchTool,
  });

  const epochFor = (info: ModelInfo): Epoch => {
    const needed = instructionsFor(info);
    if (current?.patchTool !== info.patchTool || current.instructions !== needed.instructions) {
      return epochOf(needed, info);
    }
    // A provider that the thread was moved to may not know what the one before could do, and what the user turned off must be off. What was
    // added or changed is not worth a prompt that the provider has not seen.
    return holdsOther(current.tools, start.hostedTools()) ? epochOf(needed, info) : current;
  };

  return {
    get current() {
      return current;
    },
    for: epochFor,
    async renewed(info) {
      const before = current ?? epochFor(info);
      const next = epochOf(await renewedInstructions(info, before), info);
      return isSame(before, next) ? before : next;
    },
    begun(epoch) {
      current = epoch;
    },
    replaceInstructions(text) {
      own = text;
    },
  };
}

const isSame = (a: Epoch, b: Epoch): boolean =>
  a.instructions === b.instructions && JSON.stringify(a.tools) === JSON.stringify(b.tools);
