import { spawn, type ChildProcessByStdio } from "node:child_process";
import fs from "node:fs/promises";
import type { Readable } from "node:stream";
import { WebSocket, type ClientOptions } from "ws";
import type { Receiver, Transport } from "../../src/rpc/transport.ts";
import { testClient, type TestClient } from "./app-server.ts";
import { builtCli, temporaryHome } from "./cli.ts";
import type { Handlers } from "../../src/rpc/connection.ts";
import type { ServerMethods } from "../../src/protocol/methods.ts";

export interface SocketServer extends AsyncDisposable {
  /** As `ws` takes it. */
  readonly url: string;
  readonly home: string;
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  stderr(): string;
  stdout(): string;
  readonly exited: Promise<number | null>;
}

export interface SocketServerOptions {
  readonly config?: string;
  /** Default: one of its own. */
  readonly home?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `app-server --listen ADDRESS` and waits until it says where it listens. Rejects with its stderr when it ends before. */
export async function startSocketServer(
  address = "ws://127.0.0.1:0",
  { config = "", args = [], env = {}, ...options }: SocketServerOptions = {},
): Promise<SocketServer> {
  const home = options.home ?? (await temporaryHome(config));
  const child = spawn(process.execPath, [await builtCli(), "app-server", "--listen", address, ...args], {
    cwd: home,
    env: { ...process.env, TURNWRIGHT_HOME: home, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
      const found = /^listening on: (.*)\n/mu.exec(stderr)?.[1];
      if (found !== undefined) resolve(found.replace(/^unix:\/\/(.*)$/u, "ws+unix://$1:/"));
    });
    void exited.then((code) => reject(new Error(`status ${code ?? "?"}: ${stderr}`)));
  });
  return {
    url,
    home,
    child,
    stderr: () => stderr,
    stdout: () => stdout,
    exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await exited;
      if (options.home === undefined) await fs.rm(home, { recursive: true, force: true });
    },
  };
}

/** The client's end of a WebSocket. Rejects with the status and the words of a refusal. */
export async function openSocket(url: string, options: ClientOptions = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false, ...options });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
    socket.once("unexpected-response", (_request, response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => reject(new Error(`${response.statusCode ?? "?"}: ${body.trim()}`)));
    });
  });
  return socket;
}

/** A transport that does nothing but write and parse frames. */
function transportOver(socket: WebSocket): Transport {
  return {
    listen(receiver: Receiver) {
      socket.on("message", (data: Buffer) => receiver.message(JSON.parse(data.toString())));
      socket.once("close", () => receiver.closed(null));
    },
    send: (message) => socket.send(JSON.stringify(message)),
    close: () =>
      new Promise((resolve) => {
        if (socket.readyState === WebSocket.CLOSED) return resolve();
        socket.once("close", () => resolve());
        socket.close();
      }),
  };
}

export interface SocketClient extends TestClient {
  readonly socket: WebSocket;
}

/** A typed client that has said `initialize`. */
export async function socketClient(
  url: string,
  handlers: Partial<Handlers<ServerMethods>> = {},
  options: ClientOptions & { readonly turnwright?: { sequence?: boolean; review?: boolean } } = {},
): Promise<SocketClient> {
  const { turnwright, ...socketOptions } = options;
  const socket = await openSocket(url, socketOptions);
  const test = testClient(transportOver(socket), handlers);
  await test.client.request("initialize", {
    clientInfo: { name: "probe", version: "1" },
    capabilities: { experimentalApi: true, ...(turnwright === undefined ? {} : { extensions: { turnwright } }) },
  });
  test.client.notify("initialized", {});
  return { ...test, socket };
}
