// A client of the app server in Node, without packages: node client.mjs "Fix the failing test." [arguments for the server]
import { spawn } from "node:child_process";
import { createInterface } from "node:readline/promises";

const [words = "Hello!", ...args] = process.argv.slice(2);
const server = spawn("turnwright", ["app-server", ...args], { stdio: ["pipe", "pipe", "inherit"] });
const user = createInterface({ input: process.stdin, output: process.stderr });
const send = (message) => server.stdin.write(`${JSON.stringify(message)}\n`);

// Requests of ours: answers are matched by id.
const waiting = new Map();
function request(method, params) {
  const id = waiting.size + 1;
  send({ method, id, params });
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

// Requests of the server: what is answered decides.
async function decide(question) {
  const answer = await user.question(`\n${question} [y/N] `).catch(() => "");
  return { decision: answer.startsWith("y") ? "accept" : "decline" };
}
const answers = {
  "item/commandExecution/requestApproval": ({ command, reason }) => decide(`Run ${command}? ${reason ?? ""}`),
  "item/fileChange/requestApproval": ({ reason }) => decide(`Change the files? ${reason ?? ""}`),
};

// Notifications: the ones we care about.
const hear = {
  "item/agentMessage/delta": ({ delta }) => process.stdout.write(delta),
  "item/completed": ({ item }) => console.log(item.type === "commandExecution" ? `\n$ ${item.command}` : ""),
  "turn/completed"({ turn }) {
    if (turn.status !== "completed") console.error(turn.error?.message ?? turn.status);
    process.exitCode = turn.status === "completed" ? 0 : 1;
    server.stdin.end(); // the server ends when its input does
    user.close();
  },
};
createInterface({ input: server.stdout }).on("line", async (line) => {
  const { id, method, params, result, error } = JSON.parse(line);
  if (method === undefined) error ? waiting.get(id).reject(new Error(error.message)) : waiting.get(id).resolve(result);
  else if (id === undefined) hear[method]?.(params);
  else if (method in answers) send({ id, result: await answers[method](params) });
  else send({ id, error: { code: -32601, message: `${method} is unknown here` } });
});

await request("initialize", { clientInfo: { name: "client-in-50-lines", version: "1.0.0" } });
const settings = { cwd: process.cwd(), sandbox: "workspace-write", approvalPolicy: "on-request" };
const { thread } = await request("thread/start", settings);
await request("turn/start", { threadId: thread.id, input: [{ type: "text", text: words }] });
