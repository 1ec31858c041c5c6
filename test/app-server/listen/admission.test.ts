import { expect, test } from "vitest";
import { refusal } from "../../../src/app-server/listen/admission.ts";

const local = { token: null, isLocalOnly: true };
const remote = { token: { isIn: (header: string | undefined) => header === "Bearer right" }, isLocalOnly: false };

test.each(["localhost", "LOCALHOST:80", "127.0.0.1:4500", "127.8.8.8", "[::1]:4500", "[::1]"])(
  "on loopback a client that asked for %s is let in",
  (host) => {
    expect(refusal({ host }, local)).toBe(null);
  },
);

test.each([
  "evil.example",
  "evil.example:4500",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "10.0.0.1:4500",
  "[::2]",
  "",
  "127.0.0.1@evil:1",
])(
  "on loopback a client that asked for %j is refused: a name may have been bound to this machine by anybody",
  (host) => {
    expect(refusal({ host }, local)).toMatchObject({ status: 403 });
  },
);

test.each(["https://evil.example", "http://localhost:3000", "http://127.0.0.1:4500", "null", ""])(
  "a page of the origin %j is refused, with a token too",
  (origin) => {
    expect(refusal({ host: "localhost", origin }, local)).toMatchObject({ status: 403 });
    expect(refusal({ host: "x", origin, authorization: "Bearer right" }, remote)).toMatchObject({ status: 403 });
  },
);

test("where a token is asked for, only it opens the door", () => {
  expect(refusal({ host: "any.example" }, remote)).toMatchObject({ status: 401 });
  expect(refusal({ host: "any.example", authorization: "Bearer wrong" }, remote)).toMatchObject({ status: 401 });
  expect(refusal({ host: "any.example", authorization: "Bearer right" }, remote)).toBe(null);
});
