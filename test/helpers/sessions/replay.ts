import * as z from "zod";
import type { Transport } from "../../../src/rpc/transport.ts";
import type { Travelled } from "../cli.ts";
import type { Surroundings } from "./stage.ts";

type Message = Travelled["message"];

/** Members whose value, not only whose form, a client goes by. */
const telling: ReadonlySet<string> = new Set(["type", "status", "kind", "method", "code", "willRetry", "message"]);
/** Names in a recording that stand for a value of this run, as a whole. */
const bound = /^\{(?:id|cursor):\d+\}$/u;
const anyName = /\{\w+(?::\d+)?\}/u;
/** Lists of known words grow with each version. */
const listed = /, expected one of .*$/u;
const patienceMs = 20_000;

/**
 * Plays the client's part of a recording against a server, and compares what the server says with what the earlier one said: every answer,
 * request and notification of then must come, with the members it had, of the same form. More may come. Resolves with the differences,
 * a line each.
 */
export async function replay(
  recorded: readonly Travelled[],
  transport: Transport,
  { cwd, home, model }: Surroundings,
): Promise<string[]> {
  const names = new Map<string, string>(Object.entries({ "{cwd}": cwd, "{home}": home, "{model}": model }));
  const requestIds = new Map<unknown, unknown>();
  const inbox = createInbox(transport);
  const differences: string[] = [];
  for (const [index, { direction, message }] of recorded.entries()) {
    if (direction === "in") {
      const sent = z.record(z.string(), z.unknown()).parse(filledIn(message, names));
      const isAnswer = sent["method"] === undefined;
      send(transport, isAnswer ? { ...sent, id: requestIds.get(sent["id"]) } : sent);
      continue;
    }
    const what = describe(message);
    const found = await inbox.take((candidate) => isCounterpart(message, candidate, names));
    if (found === null) return [...differences, `line ${index + 2}: ${what} did not come`];
    if (message["method"] !== undefined && message["id"] !== undefined) requestIds.set(message["id"], found["id"]);
    const { id: _, ...then } = message;
    for (const difference of compared(then, found, "", names))
      differences.push(`line ${index + 2}: ${what}${difference}`);
  }
  return differences;
}

const send = (transport: Transport, message: object): void =>
  transport.send(message as Parameters<Transport["send"]>[0]);

const describe = ({ id, method }: Message): string => (typeof method === "string" ? method : `answer ${String(id)}`);

/** What has come and was not asked for yet. */
function createInbox(transport: Transport) {
  const messages: Message[] = [];
  let isClosed = false;
  let look = (): void => undefined;
  transport.listen({
    message(value) {
      messages.push(z.record(z.string(), z.unknown()).parse(value));
      look();
    },
    closed() {
      isClosed = true;
      look();
    },
  });
  return {
    /** The first that matches; null when it did not come. */
    take: (matches: (message: Message) => boolean): Promise<Message | null> =>
      new Promise((resolve) => {
        const late = setTimeout(() => settle(null), patienceMs);
        const settle = (found: Message | null): void => {
          clearTimeout(late);
          look = () => undefined;
          resolve(found);
        };
        look = () => {
          const index = messages.findIndex(matches);
          if (index !== -1) settle(messages.splice(index, 1)[0] ?? null);
          else if (isClosed) settle(null);
        };
        look();
      }),
  };
}

const About = z.looseObject({
  threadId: z.unknown(),
  itemId: z.unknown(),
  item: z.looseObject({ type: z.unknown() }).optional(),
});

/** Whether a message of now says what one of then did: the answer to the same request, or the same news of the same thing. */
function isCounterpart(then: Message, now: Message, names: ReadonlyMap<string, string>): boolean {
  if (then["method"] !== now["method"]) return false;
  if (then["method"] === undefined) return then["id"] === now["id"];
  if ((then["id"] === undefined) !== (now["id"] === undefined)) return false;
  const [about, candidate] = [About.safeParse(then["params"]), About.safeParse(now["params"])];
  if (!about.success || !candidate.success) return about.success === candidate.success;
  const isSame = (one: unknown, other: unknown): boolean => {
    const known = filledIn(one, names);
    return known === other || (typeof known === "string" && bound.test(known));
  };
  return (
    about.data.item?.type === candidate.data.item?.type &&
    isSame(about.data.threadId, candidate.data.threadId) &&
    isSame(about.data.itemId, candidate.data.itemId)
  );
}

/** With the values of this run; names that stand for none yet stay. */
function filledIn(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") {
    if (bound.test(value)) return names.get(value) ?? value;
    return value.replaceAll(new RegExp(anyName, "gu"), (name) => names.get(name) ?? name);
  }
  if (Array.isArray(value)) return value.map((element) => filledIn(element, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, filledIn(member, names)]));
}

/** An id that is the same in each run. */
const idOf = (value: unknown): string | null =>
  isObject(value) && typeof value["id"] === "string" && !anyName.test(value["id"]) ? value["id"] : null;

const formOf = (value: unknown): string => (Array.isArray(value) ? "a list" : value === null ? "null" : typeof value);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What was there then and is not now, or is of another form. Learns what the names of the recording stand for. */
function compared(then: unknown, now: unknown, at: string, names: Map<string, string>): string[] {
  if (typeof then === "string" && bound.test(then) && typeof now === "string") {
    const known = names.get(then);
    if (known === undefined) names.set(then, now);
    return known === undefined || known === now ? [] : [`${at} names another thing than before`];
  }
  if (then === null) return now === undefined ? [`${at} is gone`] : [];
  if (now === undefined) return [`${at} is gone`];
  if (formOf(then) !== formOf(now)) return [`${at} was ${formOf(then)} and is ${formOf(now)}`];
  if (Array.isArray(then) && Array.isArray(now)) {
    if (then.length > 0 && now.length === 0) return [`${at} is empty`];
    return then.flatMap((element, index) => {
      // What has an id of its own is found by it: others may have come between.
      const id = idOf(element);
      if (id === null) return index < now.length ? compared(element, now[index], `${at}[${index}]`, names) : [];
      const found: unknown = now.find((candidate) => idOf(candidate) === id);
      return compared(element, found, `${at}[${id}]`, names);
    });
  }
  if (isObject(then) && isObject(now)) {
    return Object.entries(then).flatMap(([key, member]) => {
      const name = filledIn(key, names);
      const found = compared(member, now[typeof name === "string" ? name : key], `${at}.${key}`, names);
      const isTold = telling.has(key) && (typeof member === "string" || typeof member === "number");
      if (!isTold || found.length > 0) return found;
      const [before, after] = [wordsOf(member, names), wordsOf(now[key], names)];
      return before === after ? [] : [`${at}.${key} was ${before} and is ${after}`];
    });
  }
  return [];
}

const wordsOf = (value: unknown, names: ReadonlyMap<string, string>): string =>
  String(filledIn(value, names)).replace(listed, "");
