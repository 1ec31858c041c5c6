import { isDeepStrictEqual } from "node:util";
import type {
  ApprovalPort,
  CommandAnswer,
  CommandQuestion,
  EditorPort,
  EditorWriteOutcome,
  FilesAnswer,
  FilesQuestion,
} from "../core/approvals.ts";
import type { CommandApprovalDecision } from "../protocol/approvals.ts";
import type { ParamsIn, Result, ServerMethods } from "../protocol/methods.ts";
import type { Connection } from "./connection.ts";
import type { Questions } from "./questions.ts";

export interface ApprovalsOptions {
  /** All connections of the server, as they are now. */
  readonly connections: Iterable<Connection>;
  readonly questions: Questions;
  readonly onFault: (fault: string, error?: unknown) => void;
}

/** Core's questions as the clients of the thread are asked them. Where nobody can answer, the answer is `cancel`. */
export function createApprovals({ connections, questions, onFault }: ApprovalsOptions): ApprovalPort {
  return {
    async askCommand(question, signal) {
      const { threadId } = question;
      const method = "item/commandExecution/requestApproval";
      const paramsFor = (to: Connection) => commandParams(question, hasReview(to));
      const answer = await questions.ask({ method, threadId, paramsFor }, signal);
      return answer === null ? "cancel" : commandAnswer(answer.decision, question);
    },
    async askFiles(question, signal) {
      const { threadId } = question;
      const method = "item/fileChange/requestApproval";
      const paramsFor = (to: Connection) => filesParams(question, hasReview(to));
      const answer = await questions.ask({ method, threadId, paramsFor }, signal);
      return answer === null ? { decision: "cancel", files: new Map() } : filesAnswer(answer);
    },
    editor(threadId) {
      const writer = [...connections].find(
        ({ client, subscriptions }) => client?.turnwright.editorWriter && subscriptions.has(threadId),
      );
      return writer === undefined ? null : editorPort(writer, onFault);
    },
  };
}

const hasReview = (connection: Connection): boolean => connection.client?.turnwright.review ?? false;

function commandParams(
  question: CommandQuestion,
  review: boolean,
): ParamsIn<ServerMethods, "item/commandExecution/requestApproval"> {
  const { threadId, turnId, itemId, startedAtMs, reason, command, cwd, proposedAmendment } = question;
  const amendment = proposedAmendment === null ? null : [...proposedAmendment];
  const forGood: CommandApprovalDecision[] =
    amendment === null ? [] : [{ acceptWithExecpolicyAmendment: { execpolicy_amendment: amendment } }];
  return {
    kind: "command",
    threadId,
    turnId,
    itemId,
    startedAtMs,
    environmentId: "local",
    ...(reason === null ? {} : { reason }),
    command,
    cwd,
    commandActions: [...question.commandActions],
    ...(amendment === null ? {} : { proposedExecpolicyAmendment: amendment }),
    availableDecisions: [
      "accept",
      ...(question.canRemember ? (["acceptForSession"] as const) : []),
      ...forGood,
      "decline",
      "cancel",
    ],
    ...(review
      ? {
          turnwright: {
            script: question.script,
            dangerous: question.isDangerous,
            unsandboxed: question.isUnsandboxed,
          },
        }
      : {}),
  };
}

/** Only what was proposed is allowed for good; another prefix counts for this very command, which allows less. */
function commandAnswer(decision: CommandApprovalDecision, question: CommandQuestion): CommandAnswer {
  if (typeof decision === "string") return decision;
  const { execpolicy_amendment: words } = decision.acceptWithExecpolicyAmendment;
  if (isDeepStrictEqual(words, question.proposedAmendment)) return "acceptForGood";
  return question.canRemember ? "acceptForSession" : "accept";
}

function filesParams(
  question: FilesQuestion,
  review: boolean,
): ParamsIn<ServerMethods, "item/fileChange/requestApproval"> {
  const { threadId, turnId, itemId, startedAtMs, reason, files } = question;
  return {
    threadId,
    turnId,
    itemId,
    startedAtMs,
    reason,
    grantRoot: null,
    ...(review ? { turnwright: { files: files.map((file) => ({ ...file })) } } : {}),
  };
}

const filesAnswer = (answer: Result<ServerMethods, "item/fileChange/requestApproval">): FilesAnswer => ({
  decision: answer.decision,
  files: new Map(
    answer.turnwright?.files.map(({ path, decision, reason }) => [path, { decision, reason: reason ?? null }]),
  ),
});

function editorPort(connection: Connection, onFault: ApprovalsOptions["onFault"]): EditorPort {
  return {
    async applyEdit(write, signal): Promise<EditorWriteOutcome> {
      try {
        return await connection.peer.request("editor/applyEdit", write, signal);
      } catch (error) {
        // The editor may have written before it fell silent: only a new look at the file can tell.
        onFault("the editor did not say whether it wrote a file", error);
        const message = `The editor did not answer, so it is not known whether ${write.path} was written. Read it before trying again.`;
        return { status: "conflict", message };
      }
    },
  };
}
