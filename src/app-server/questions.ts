import { RpcError } from "../protocol/errors.ts";
import type { ParamsIn, Result, ServerMethods } from "../protocol/methods.ts";
import type { RequestId } from "../rpc/message.ts";
import type { Connection } from "./connection.ts";

export type ApprovalMethod = "item/commandExecution/requestApproval" | "item/fileChange/requestApproval";

export interface QuestionsOptions {
  /** All connections of the server, as they are now. */
  readonly connections: Iterable<Connection>;
  /** True: the server goes on without clients, so a question waits for one to come. False: with nobody to ask there is no answer. */
  readonly outlivesClients: boolean;
  readonly onFault: (fault: string, error?: unknown) => void;
}

/** One question to all clients that follow a thread, now or before it is answered. */
export interface Question<M extends ApprovalMethod> {
  readonly method: M;
  readonly threadId: string;
  readonly paramsFor: (connection: Connection) => ParamsIn<ServerMethods, M>;
}

/** The questions of the server that wait for an answer. */
export interface Questions {
  /**
   * Resolves with the first answer; the others hear that the request was resolved, and what they answer later is dropped. Null: the signal
   * aborted, or everybody left or could not answer.
   */
  ask<M extends ApprovalMethod>(question: Question<M>, signal: AbortSignal): Promise<Result<ServerMethods, M> | null>;
  /** A client follows a thread from now on: it is asked what waits there. */
  joined(connection: Connection, threadId: string): void;
  /** A client no longer follows a thread: what has not reached it is not waited for. */
  unfollowed(connection: Connection, threadId: string): void;
  /** A connection ended. */
  left(connection: Connection): void;
}

/** A question under way. */
interface Open {
  readonly threadId: string;
  join(connection: Connection): void;
  /** `unless` null: whatever became of the request. */
  leave(connection: Connection, unless: "sent" | null): void;
}

export function createQuestions({ connections, outlivesClients, onFault }: QuestionsOptions): Questions {
  const open = new Set<Open>();

  const ask = async <M extends ApprovalMethod>(
    { method, threadId, paramsFor }: Question<M>,
    signal: AbortSignal,
  ): Promise<Result<ServerMethods, M> | null> => {
    const settled = new AbortController();
    const outcome = Promise.withResolvers<Result<ServerMethods, M> | null>();
    /** Who may still answer; null: the request waits until the client has what came before it. */
    const asked = new Map<Connection, RequestId | null>();
    const sentTo: { readonly connection: Connection; readonly id: RequestId }[] = [];

    const withoutAnswer = (connection: Connection, isGone: boolean): void => {
      if (asked.delete(connection) && asked.size === 0 && !(isGone && outlivesClients)) outcome.resolve(null);
    };
    const send = (connection: Connection): void => {
      if (settled.signal.aborted || !asked.has(connection)) return;
      const { id, result } = connection.peer.send(method, paramsFor(connection), settled.signal);
      asked.set(connection, id);
      sentTo.push({ connection, id });
      result.then(outcome.resolve, (error: unknown) => {
        if (!(error instanceof RpcError)) return; // it left, which is said by itself, or the question is settled
        onFault(`a client could not answer ${method}`, error);
        withoutAnswer(connection, false);
      });
    };
    const question: Open = {
      threadId,
      join(connection) {
        if (asked.has(connection)) return;
        asked.set(connection, null);
        connection.subscriptions.tell(threadId, () => send(connection));
      },
      leave(connection, unless) {
        if (unless === "sent" && (asked.get(connection) ?? null) !== null) return;
        withoutAnswer(connection, true);
      },
    };

    const giveUp = (): void => outcome.resolve(null);
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true });
    open.add(question);
    try {
      for (const connection of connections) {
        if (connection.client !== null && connection.subscriptions.has(threadId)) question.join(connection);
      }
      if (asked.size === 0 && !outlivesClients) giveUp();
      return await outcome.promise;
    } finally {
      open.delete(question);
      signal.removeEventListener("abort", giveUp);
      settled.abort();
      for (const { connection, id } of sentTo) {
        connection.notify("serverRequest/resolved", { threadId, requestId: id });
      }
    }
  };

  const of = (threadId: string): Open[] => [...open].filter((question) => question.threadId === threadId);
  return {
    ask,
    joined(connection, threadId) {
      for (const question of of(threadId)) question.join(connection);
    },
    unfollowed(connection, threadId) {
      for (const question of of(threadId)) question.leave(connection, "sent");
    },
    left(connection) {
      for (const question of [...open]) question.leave(connection, null);
    },
  };
}
