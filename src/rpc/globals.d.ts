/**
 * The few globals of Node and of web pages that rpc uses. It is compiled against neither, so what it may touch is written down here;
 * the projects that import it bring the full declarations.
 */
interface AbortSignal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
declare class AbortController {
  readonly signal: AbortSignal;
  abort(): void;
}
declare class TextDecoder {
  constructor(label: "utf-8");
  decode(bytes: Uint8Array): string;
}
interface MessagePort {
  onmessage: (() => void) | null;
  postMessage(value: null): void;
}
declare class MessageChannel {
  readonly port1: MessagePort;
  readonly port2: MessagePort;
}
/** Absent in web pages. */
declare const setImmediate: ((callback: () => void) => unknown) | undefined;
declare function setTimeout(callback: () => void, ms: number): unknown;
declare const performance: { now(): number };
