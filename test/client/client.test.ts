import { expect, test } from "vitest";
import { connectClient } from "../../src/client/client.ts";
import { linkedTransports } from "../../src/rpc/linked.ts";
import { nextTick } from "../helpers/byte-streams.ts";

const approval = {
  threadId: "t",
  turnId: "u",
  itemId: "i",
  startedAtMs: 1,
  command: "ls",
  cwd: "/repo",
  commandActions: [],
};

/** A client, and the server's end of its wire. */
function connect() {
  const [near, far] = linkedTransports();
  const received: unknown[] = [];
  const faults: string[] = [];
  const seen: string[] = [];
  far.listen({ message: (value) => received.push(value), closed: () => undefined });
  const client = connectClient(near, {
    onServerRequest: {
      "item/commandExecution/requestApproval": (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            seen.push("withdrawn");
            resolve({ decision: "cancel" });
          });
        }),
      "item/fileChange/requestApproval": async () => ({ decision: "accept" }),
      "editor/applyEdit": async () => ({ status: "refused", message: "no" }),
    },
    onNotification: ({ method }) => seen.push(method),
    onFault: (fault) => faults.push(fault),
  });
  return { client, far, received, faults, seen };
}

test("a question that was settled elsewhere is withdrawn before the client hears of it", async () => {
  const { far, seen } = connect();
  far.send({ method: "item/commandExecution/requestApproval", id: 3, params: approval });
  far.send({ method: "serverRequest/resolved", params: { threadId: "t", requestId: 3 } });
  await nextTick();
  expect(seen).toEqual(["withdrawn", "serverRequest/resolved"]);
});

test("unknown questions of another server are refused, unknown notifications ignored, unknown items kept", async () => {
  const { far, received, seen, faults } = connect();
  far.send({ method: "item/tool/call", id: 1, params: {} });
  far.send({ method: "account/rateLimits/changed", params: {} });
  const item = { type: "somethingNew", id: "i", extra: { kept: true } };
  far.send({ method: "item/started", params: { threadId: "t", turnId: "u", item, startedAtMs: 1, later: 1 } });
  far.send({ method: "item/started", params: { threadId: "t" } });
  await nextTick();
  expect(JSON.stringify(received)).toContain("unknown variant `item/tool/call`");
  expect({ seen, faults }).toEqual({
    seen: ["item/started"],
    faults: ["ignored a notification item/started with bad params at turnId"],
  });
});

test("requests travel with integer ids from 0 and without a jsonrpc member", async () => {
  const { client, far, received } = connect();
  const models = client.request("model/list", {});
  await nextTick();
  expect(received).toEqual([{ method: "model/list", id: 0, params: {} }]);
  far.send({ id: 0, result: { data: [], nextCursor: null } });
  expect(await models).toEqual({ data: [], nextCursor: null });
});
