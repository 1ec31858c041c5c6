import type { WireMessage } from "./message.ts";

/** Who gets what arrives on a {@link Transport}. Neither callback may throw. */
export interface Receiver {
  /** One parsed JSON value, not yet known to be a message. Called in the order of arrival. */
  message(value: unknown): void;
  /** Nothing arrives any more, called once; `reason` is null when the channel ended in order. What is sent may still get through. */
  closed(reason: Error | null): void;
}

/** One end of a channel that carries whole JSON values in order. */
export interface Transport {
  /** Starts delivery; called once, before anything can have arrived. */
  listen(receiver: Receiver): void;
  /**
   * Hands one message over and returns at once; it must not be changed afterwards. Without effect after the end. Throws when the message
   * cannot be written, being too large or no JSON.
   */
  send(message: WireMessage): void;
  /** Ends the channel. Resolves when everything that was sent is with the operating system, or cannot get there any more. */
  close(): Promise<void>;
}
