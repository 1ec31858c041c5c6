import * as z from "zod";
import type { Transport } from "../../../src/rpc/transport.ts";

type Message = Readonly<Record<string, unknown>>;
const Answer = z.looseObject({ result: z.looseObject({}).optional(), error: z.looseObject({}).optional() });

const About = z.looseObject({ params: z.looseObject({ threadId: z.string().optional() }) });

/** A client that knows JSON lines and nothing of ours, as clients of other makers do. */
export interface PlainClient {
  /** Resolves with the whole answer, an error too. */
  ask(method: string, params?: object): Promise<z.infer<typeof Answer>>;
  /** Resolves with the result; rejects when the server refuses. */
  request(method: string, params?: object): Promise<Readonly<Record<string, unknown>>>;
  notify(method: string): void;
  /** Resolves with the next notification of that name, of that thread, that was not yet waited for, come or to come. */
  until(method: string, threadId?: string): Promise<Message>;
  /** What is answered to requests of the server, by method. */
  readonly answers: Map<string, (params: unknown) => object>;
}

/** Gives up after that long: the test names what it waited for instead of just ending. */
const patienceMs = 20_000;

export function plainClient(transport: Transport): PlainClient {
  const pending = new Map<unknown, (answer: z.infer<typeof Answer>) => void>();
  const heard: Message[] = [];
  const waiting: { readonly matches: (message: Message) => boolean; readonly take: (message: Message) => void }[] = [];
  const answers: PlainClient["answers"] = new Map();
  let lastId = 0;

  const send = (message: object): void => transport.send(message as Parameters<Transport["send"]>[0]);
  const take = (message: Message): void => {
    const { id, method, params } = message;
    if (typeof method !== "string") {
      pending.get(id)?.(Answer.parse(message));
      pending.delete(id);
    } else if (id !== undefined) {
      const answer = answers.get(method);
      send(
        answer === undefined
          ? { id, error: { code: -32601, message: `This client does not know ${method}.` } }
          : { id, result: answer(params) },
      );
    } else {
      const index = waiting.findIndex(({ matches }) => matches(message));
      if (index === -1) heard.push(message);
      else waiting.splice(index, 1)[0]?.take(message);
    }
  };
  transport.listen({
    message: (value) => take(z.looseObject({}).parse(value)),
    closed: () => undefined,
  });
  const within = async <T>(what: string, promise: Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${what} did not come.`)), patienceMs);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
  };

  const ask: PlainClient["ask"] = (method, params) => {
    const id = ++lastId;
    const { promise, resolve } = Promise.withResolvers<z.infer<typeof Answer>>();
    pending.set(id, resolve);
    send(params === undefined ? { method, id } : { method, id, params });
    return within(`The answer to ${method}`, promise);
  };
  return {
    ask,
    async request(method, params) {
      const { result, error } = await ask(method, params);
      if (result === undefined) throw new Error(`${method} was refused: ${JSON.stringify(error)}`);
      return result;
    },
    notify: (method) => send({ method }),
    until(method, threadId) {
      const matches = (message: Message): boolean =>
        message["method"] === method && (threadId === undefined || About.parse(message).params.threadId === threadId);
      const index = heard.findIndex(matches);
      const [found] = index === -1 ? [] : heard.splice(index, 1);
      if (found !== undefined) return Promise.resolve(found);
      const { promise, resolve } = Promise.withResolvers<Message>();
      waiting.push({ matches, take: resolve });
      return within(method, promise);
    },
    answers,
  };
}
