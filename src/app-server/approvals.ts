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
import { RpcError } from "../protocol/errors.ts";
import type { ParamsIn, Result, ServerMethods } from "../protocol/methods.ts";
import type { RequestId } from "../rpc/message.ts";
import type { Connection } from "./connection.ts";

type Approval = "item/commandExecution/requestApproval" | "item/fileChange/requestApproval";

export interface ApprovalsOptions {
  /** All connections of the server, as they are now. */
  readonly connections: Iterable<Connection>;
  readonly onFault: (fault: string, error?: unknown) => void;
}

/**
 * Carries core's questions to the clients that follow the thread. The first answer counts; the others hear that the request was
 * resolved. With nobody to ask, or when everybody left or could not answer, the answer is `cancel`.
 */
export function createApprovals({ connections, onFault }: ApprovalsOptions): ApprovalPort {
  const followers = (threadId: string): Connection[] =>
    [...connections].filter((connection) => connection.client !== null && connection.subscriptions.has(threadId));

  const ask = async <M extends Approval>(
    method: M,
    threadId: string,
    paramsFor: (connection: Connection) => ParamsIn<ServerMethods, M>,
    signal: AbortSignal,
  ): Promise<Result<ServerMethods, M> | null> => {
    const settled = new AbortController();
    const asked: { readonly connection: Connection; readonly id: RequestId }[] = [];
    const answers = followers(threadId).map(
      (connection) =>
        new Promise<Result<ServerMethods, M>>((resolve, reject) => {
          connection.subscriptions.tell(threadId, () => {
            if (settled.signal.aborted) return;
            const sent = connection.peer.send(method, paramsFor(connection), settled.signal);
            asked.push({ connection, id: sent.id });
            sent.result.then(resolve, reject);
          });
        }),
    );
    for (const answer of answers) {
      answer.catch((error: unknown) => {
        if (error instanceof RpcError) onFault(`a client could not answer ${method}`, error);
      });
    }
    const given = Promise.withResolvers<null>();
    const giveUp = (): void => given.resolve(null);
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true });
    try {
      return await Promise.race([given.promise, Promise.any(answers).catch(() => null)]);
    } finally {
      signal.removeEventListener("abort", giveUp);
      settled.abort();
      for (const { connection, id } of asked) {
        connection.notify("serverRequest/resolved", { threadId, requestId: id });
      }
    }
  };

  return {
    async askCommand(question, signal) {
      const method = "item/commandExecution/requestApproval";
      const answer = await ask(method, question.threadId, (to) => commandParams(question, hasReview(to)), signal);
      return answer === null ? "cancel" : commandAnswer(answer.decision);
    },
    async askFiles(question, signal) {
      const method = "item/fileChange/requestApproval";
      const answer = await ask(method, question.threadId, (to) => filesParams(question, hasReview(to)), signal);
      return answer === null ? { decision: "cancel", files: new Map() } : filesAnswer(answer);
    },
    editor(threadId) {
      const writer = followers(threadId).find((connection) => connection.client?.turnwright.editorWriter);
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

/** Core knows no rules that outlive the session yet; an accepted prefix counts for the session, which allows less. */
const commandAnswer = (decision: CommandApprovalDecision): CommandAnswer =>
  typeof decision === "string" ? decision : "acceptForSession";

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
