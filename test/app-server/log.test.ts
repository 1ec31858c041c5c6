import { expect, test } from "vitest";
import { createLog } from "../../src/app-server/log.ts";

function record() {
  const lines: string[] = [];
  return { lines, log: createLog({ write: (text) => lines.push(text) }) };
}

test("a fault is one entry with its cause, without keys", () => {
  const { lines, log } = record();
  log.fault("saving failed", new Error("401 for Bearer abcdefgh12345", { cause: new Error("key sk-abcdefgh1234") }));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT.* ERROR saving failed: Error: 401 for \[removed\]/u);
  expect(lines[0]).toContain("because: Error: key [removed]");
});

test("a traced message is cut to a readable length and has no secret members", () => {
  const { lines, log } = record();
  log.trace("in", { apiKey: "one", authorization: "two", refreshToken: "three", tokenUsage: { totalTokens: 5 } });
  log.trace("out", { text: "x".repeat(10_000) });
  log.trace("in", {
    config: { "model_providers.a.http_headers.x-api-key": "four", "b.experimental_bearer_token": "five" },
  });
  expect(lines[0]).toContain(
    'in {"apiKey":"[removed]","authorization":"[removed]","refreshToken":"[removed]","tokenUsage":{"totalTokens":5}}',
  );
  expect(lines[1]?.length).toBeLessThan(2100);
  expect(lines[2]).not.toMatch(/four|five/u);
});
