import type { PanelCommand } from "../../src/protocol/host.ts";
import type { TurnError } from "../../src/protocol/turns.ts";

export type WayOut =
  | { readonly kind: "retry"; readonly label: string }
  | { readonly kind: "command"; readonly command: PanelCommand; readonly label: string };

export type Advice = { readonly title: string; readonly ways: readonly WayOut[] };

const retry: WayOut = { kind: "retry", label: "Retry" };
const log: WayOut = { kind: "command", command: "showLog", label: "Show log" };
const settings: WayOut = { kind: "command", command: "openSettings", label: "Open settings" };
const signIn: WayOut = { kind: "command", command: "signIn", label: "Sign in" };
const newThread: WayOut = { kind: "command", command: "newThread", label: "New thread" };

const byCause: Readonly<Record<string, Advice>> = {
  unauthorized: { title: "The model provider did not accept your key or sign-in", ways: [signIn, retry, settings] },
  contextWindowExceeded: { title: "This thread no longer fits the model", ways: [newThread] },
  sessionBudgetExceeded: { title: "The budget of this session is used up", ways: [newThread, settings] },
  usageLimitExceeded: { title: "Your usage limit is reached", ways: [retry, settings] },
  rateLimitExceeded: { title: "Too many requests for the provider", ways: [retry, settings] },
  serverOverloaded: { title: "The model provider is overloaded", ways: [retry, log] },
  modelNotFound: { title: "The provider does not offer this model", ways: [settings, retry] },
  sandboxError: { title: "The sandbox could not be set up", ways: [log, settings] },
  httpConnectionFailed: { title: "The model provider cannot be reached", ways: [retry, settings, log] },
  responseStreamConnectionFailed: { title: "The model provider cannot be reached", ways: [retry, settings, log] },
  responseStreamDisconnected: { title: "The connection to the model was lost", ways: [retry, log] },
  responseTooManyFailedAttempts: {
    title: "The model could not be reached, after several tries",
    ways: [retry, settings, log],
  },
};

/** What went wrong in a few words, and what the user can do about it. */
export function adviceFor({ codexErrorInfo }: TurnError): Advice {
  const cause = typeof codexErrorInfo === "string" ? codexErrorInfo : Object.keys(codexErrorInfo ?? {})[0];
  const advice = cause !== undefined && Object.hasOwn(byCause, cause) ? byCause[cause] : undefined;
  return advice ?? { title: "The turn could not be finished", ways: [retry, log, settings] };
}
