import type { ModelRequest } from "../../src/demo/request.ts";
import type { Answer, ScriptItem, StreamAnswer } from "../../src/demo/script.ts";
import { answer } from "../../src/demo/script.ts";
import { startResponsesServer, type RecordedRequest } from "../../src/demo/server.ts";

/** One answer of a test: items that end well, a whole answer, or a function of the request (awaited, so it can hold one back). */
export type Scripted =
  ScriptItem | readonly ScriptItem[] | Answer | ((request: ModelRequest) => Answer | Promise<Answer>);

export interface TestResponsesServer extends AsyncDisposable {
  readonly url: string;
  /** Requests for a response so far, in order. */
  readonly requests: readonly RecordedRequest[];
  /** Resolves with request number `index` (from 0) once it is there. */
  request(index: number): Promise<RecordedRequest>;
  /** Throws when an answer was left unused, or a request found none left. */
  assertExhausted(): void;
  close(): Promise<void>;
}

/** A model that gives these answers in order, over real HTTP. Ids count up: `resp_1`, `msg_2` ... */
export const responsesServer = (...answers: readonly Scripted[]): Promise<TestResponsesServer> =>
  compactingServer(undefined, ...answers);

/** The same, with an endpoint for compaction. */
export async function compactingServer(
  compact: ((body: unknown) => object) | undefined,
  ...answers: readonly Scripted[]
): Promise<TestResponsesServer> {
  const requests: RecordedRequest[] = [];
  const waiting = new Map<number, PromiseWithResolvers<RecordedRequest>>();
  let used = 0;
  let overrun = 0;
  let ids = 0;
  const server = await startResponsesServer({
    ...(compact === undefined ? {} : { compact }),
    newId: (prefix) => `${prefix}_${++ids}`,
    onRequest(request) {
      requests.push(request);
      waiting.get(requests.length - 1)?.resolve(request);
    },
    async respond(request) {
      const next = answers[used++];
      if (next !== undefined) return typeof next === "function" ? next(request) : toAnswer(next);
      overrun++;
      // 400 is not tried again, so the test ends at once.
      return {
        kind: "error",
        status: 400,
        body: { error: { message: "no answer is left in the script of this test" } },
      };
    },
  });
  return {
    url: server.url,
    requests,
    async request(index) {
      const there = requests[index];
      if (there) return there;
      const promise = waiting.get(index) ?? Promise.withResolvers<RecordedRequest>();
      waiting.set(index, promise);
      return promise.promise;
    },
    assertExhausted() {
      if (overrun > 0)
        throw new Error(`${overrun} more requests came than the ${answers.length} answers in the script`);
      if (used < answers.length) throw new Error(`${answers.length - used} of ${answers.length} answers were not used`);
    },
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

const isList = (scripted: ScriptItem | readonly ScriptItem[] | Answer): scripted is readonly ScriptItem[] =>
  Array.isArray(scripted);
function toAnswer(scripted: ScriptItem | readonly ScriptItem[] | Answer): Answer {
  if (isList(scripted)) return answer(...scripted);
  return "kind" in scripted ? scripted : (answer(scripted) satisfies StreamAnswer);
}
