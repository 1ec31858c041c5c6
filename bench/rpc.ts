/**
 * The wire alone: 100,000 small deltas from a process that only sends to a client that parses and checks each, over pipes. Prints one JSON
 * object with the medians. Run: node bench/rpc.ts
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { connectClient } from "../src/client/client.ts";
import {
  clientNotifications,
  serverMethods,
  serverNotifications,
  type ServerMethods,
} from "../src/protocol/methods.ts";
import { createPeer, type Handlers } from "../src/rpc/connection.ts";
import { jsonLines } from "../src/rpc/json-lines.ts";
import { median, runs } from "./measure.ts";

const deltas = 100_000;
/** As many as one read of a model's stream brings. */
const burst = 500;

const method = "item/agentMessage/delta";
const delta = {
  threadId: "01a1f7ca-5678-7243-be2c-0c05e689f3b0",
  turnId: "01a1f7ca-569b-7e32-9a91-36c91ba9d512",
  itemId: "msg_1",
  delta: "a few words",
};

const cpuSeconds = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
};

/** Each `initialized` sets off one flood; a warning with the CPU seconds it took closes it. */
function send(): void {
  const peer = createPeer({
    transport: jsonLines({ input: process.stdin, output: process.stdout }),
    local: { methods: {}, notifications: serverNotifications },
    handlers: {},
    remote: { methods: serverMethods, notifications: clientNotifications },
    now: Date.now,
    onNotification() {
      const before = process.cpuUsage();
      let sent = 0;
      const next = (): void => {
        for (const end = sent + burst; sent < end; sent++) peer.notify(method, delta);
        if (sent < deltas) setImmediate(next);
        else peer.notify("warning", { threadId: null, message: String(cpuSeconds(before)) });
      };
      next();
    },
  });
}

async function measure(): Promise<object> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), "send"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const unasked = (): Promise<never> => Promise.reject(new Error("a bench is asked nothing"));
  const handlers: Handlers<ServerMethods> = {
    "item/commandExecution/requestApproval": unasked,
    "item/fileChange/requestApproval": unasked,
    "editor/applyEdit": unasked,
  };
  let received = 0;
  let finish = (_senderCpu: number): void => undefined;
  const client = connectClient(jsonLines({ input: child.stdout, output: child.stdin }), {
    onServerRequest: handlers,
    onNotification(notification) {
      if (notification.method === method) received += 1;
      else if (notification.method === "warning") finish(Number(notification.params.message));
    },
  });
  const flood = (): Promise<number> =>
    new Promise((resolve) => {
      finish = resolve;
      client.notify("initialized", {});
    });

  await flood(); // warms up both sides
  const rates: number[] = [];
  const sender: number[] = [];
  const receiver: number[] = [];
  for (let run = 0; run < runs; run++) {
    received = 0;
    const before = process.cpuUsage();
    const startedAt = performance.now();
    sender.push(await flood());
    rates.push(received / ((performance.now() - startedAt) / 1000));
    receiver.push(cpuSeconds(before));
  }
  child.stdin.end();
  child.kill();
  return {
    bench: "rpc, 100,000 deltas",
    perSecond: Math.round(median(rates)),
    senderCpuSeconds: median(sender),
    receiverCpuSeconds: median(receiver),
  };
}

if (process.argv[2] === "send") send();
else console.log(JSON.stringify(await measure()));
