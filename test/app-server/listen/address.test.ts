import { expect, test } from "vitest";
import { isLoopback, parseAddress } from "../../../src/app-server/listen/address.ts";

test.each([
  ["stdio://", { kind: "stdio" }],
  ["ws://127.0.0.1:0", { kind: "webSocket", host: "127.0.0.1", port: 0 }],
  ["ws://localhost:4500/", { kind: "webSocket", host: "127.0.0.1", port: 4500 }],
  ["ws://[::1]:4500", { kind: "webSocket", host: "::1", port: 4500 }],
  ["ws://0.0.0.0:65535", { kind: "webSocket", host: "0.0.0.0", port: 65_535 }],
  ["unix:///run/a/s.sock", { kind: "unixSocket", path: "/run/a/s.sock" }],
  ["unix://s.sock", { kind: "unixSocket", path: "/here/s.sock" }],
] as const)("%s is an address", (text, address) => {
  expect(parseAddress(text, "/here")).toEqual(address);
});

test.each([
  "",
  "off",
  "ws://127.0.0.1",
  "ws://example.org:80",
  "ws://127.0.0.1:65536",
  "wss://127.0.0.1:1",
  "ws://1.2.3.4:1/path",
])("%j is none, and what is one is said", (text) => {
  expect(parseAddress(text, "/here")).toBe(`--listen takes stdio://, ws://IP:PORT or unix://PATH, not ${text}`);
});

test("a unix socket needs a path", () => {
  expect(parseAddress("unix://", "/here")).toMatch(/^--listen unix:\/\/ needs a path/u);
});

test("only addresses of this machine are loopback, and no name is", () => {
  const all = ["127.0.0.1", "127.255.0.9", "::1", "0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "localhost", ""];
  expect(all.filter(isLoopback)).toEqual(["127.0.0.1", "127.255.0.9", "::1"]);
});
