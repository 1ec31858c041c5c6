import { expect, test } from "vitest";
import { isSecureUrl, mayName } from "../../src/core/secure-url.ts";

test.each([
  ["https://issuer.example/x", true],
  ["http://127.0.0.1:1234", true],
  ["http://[::1]:80", true],
  ["http://localhost", true],
  ["http://issuer.example", false],
  ["http://127.0.0.1.evil.example", false],
  ["http://localhost.evil.example", false],
  ["http://0x7f.1/", true], // the parser makes 127.0.0.1 of it
  ["http://192.168.0.1", false],
  ["javascript:alert(1)", false],
  ["file:///etc/passwd", false],
])("%s may hold a secret: %s", (url, isSecure) => {
  expect(isSecureUrl(new URL(url))).toBe(isSecure);
});

test("a server on the network names addresses on the network only, encrypted", () => {
  const far = "https://issuer.example";
  expect(mayName(far, "https://other.example/token")).toBe(true);
  expect(mayName(far, "http://127.0.0.1:1234/token")).toBe(false);
  expect(mayName(far, "http://other.example/token")).toBe(false);
  expect(mayName(far, "no address")).toBe(false);
  expect(mayName("http://127.0.0.1:1", "http://localhost:2/token")).toBe(true);
});
