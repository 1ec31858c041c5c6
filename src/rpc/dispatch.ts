import { RAL } from "vscode-jsonrpc";

/**
 * The runtime that vscode-jsonrpc runs on here. Its own ones give every message a macrotask of its own, in a page by a zero timer
 * that the page clamps to 4 ms (250 messages a second). Ours keeps what the library wants to run next in a list, and the peer, which feeds it one
 * message at a time, runs the list right after: order and pace are decided in one place. The library does not promise this
 * interface between versions; it is pinned, and the tests of the peer fail if it moves.
 */
const due: (() => void)[] = [];

const unused = (what: string) => (): never => {
  throw new Error(`vscode-jsonrpc asked for ${what}, which framing by whole messages never needs.`);
};

const runtime: Parameters<typeof RAL.install>[0] = {
  crypto: { randomUUID: unused("a random id") },
  applicationJson: {
    encoder: { name: "application/json", encode: unused("an encoder") },
    decoder: { name: "application/json", decode: unused("a decoder") },
  },
  messageBuffer: { create: unused("a buffer") },
  console: {
    info: unused("a console"),
    log: unused("a console"),
    warn: unused("a console"),
    error: unused("a console"),
  },
  timer: {
    setTimeout: unused("a timer"),
    setInterval: unused("an interval"),
    setImmediate(callback: (...args: unknown[]) => void, ...args: unknown[]) {
      due.push(() => callback(...args));
      return { dispose: unused("cancelling a dispatch") };
    },
  },
};

/** Takes the runtime over. There is one in a program, and a package that brings its own may have been loaded since. */
export const installRuntime = (): void => RAL.install(runtime);
installRuntime();

/** Runs what the library put off. Its callbacks do not throw: they are async functions that catch. */
export const runDue = (): void => {
  for (let next = due.shift(); next !== undefined; next = due.shift()) next();
};
