import type { UserInput } from "../../protocol/settings.ts";
import type { MessageItem } from "../model/types.ts";
import { userMessageItem } from "../prompt/context.ts";
import { userContent, UserInputError } from "../prompt/user-input.ts";
import { UnknownSkillError } from "../prompt/user-instructions.ts";
import { userMessage } from "../turn/view-items.ts";
import type { ThreadEvent } from "./events.ts";
import type { RolloutEntry } from "./rollout/lines.ts";
import { ThreadRequestError } from "./threads.ts";

/** What the user said, as it is recorded and shown. */
export interface RecordedMessage {
  /** The message, then the skills that it calls. */
  readonly entries: readonly RolloutEntry[];
  readonly events: readonly ThreadEvent[];
}

/** @throws ThreadRequestError for a message that cannot be sent; nothing is recorded then */
export async function recordMessage(
  input: readonly UserInput[],
  at: {
    readonly threadId: string;
    readonly turnId: string;
    readonly itemId: string;
    readonly clientId: string | null;
    /** Unix ms. */
    readonly nowMs: number;
  },
  readSkills: (input: readonly UserInput[]) => Promise<readonly MessageItem[]>,
): Promise<RecordedMessage> {
  const [content, skills] = await Promise.all([userContent(input), readSkills(input)]).catch((error: unknown) => {
    const isTheirs = error instanceof UserInputError || error instanceof UnknownSkillError;
    throw isTheirs ? new ThreadRequestError("badInput", error.message) : error;
  });
  const { threadId, turnId, itemId, clientId, nowMs } = at;
  // Plain text stands in the response item; the view is derived from there.
  const isPlain = input.every((part) => part.type === "text" && part.text !== "" && part.text_elements.length === 0);
  const view = { kind: "userMessage", turnId, id: itemId, clientId, at: nowMs } as const;
  const item = userMessage({ id: itemId, clientId, content: input, startedAtMs: nowMs, completedAtMs: nowMs });
  return {
    entries: [
      {
        type: "response_item",
        payload: { item: userMessageItem(content), view: isPlain ? view : { ...view, content: input } },
      },
      ...skills.map((skill): RolloutEntry => ({ type: "response_item", payload: { item: skill } })),
    ],
    events: [
      { type: "itemStarted", threadId, turnId, item: { ...item, completedAtMs: null }, startedAtMs: nowMs },
      { type: "itemCompleted", threadId, turnId, item, completedAtMs: nowMs },
    ],
  };
}
