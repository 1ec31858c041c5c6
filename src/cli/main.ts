import { version } from "../app-server/version.ts";

const help = `turnwright ${version}: a coding agent

usage: turnwright <command> [options]

  app-server    serve the app-server protocol
                  --listen stdio://          one client on stdin and stdout, one JSON object a line (the default)
                  --listen ws://IP:PORT      any number of clients over WebSocket; port 0 finds a free one
                  --listen unix://PATH       the same on a unix socket that only you can use
                  --ws-token-file FILE       WebSocket clients must send the token in FILE; needed beyond 127.0.0.1
                  --attach [--window KEY]    stdin and stdout of a server that goes on for a minute without its client
                  -c, --config k=v           set a configuration key for this run; the value is TOML
    generate-json-schema --out DIR [--experimental]
                             write the protocol as JSON Schema
    generate-ts --out DIR [--experimental]
                             write the protocol as TypeScript
  apply-patch   apply the patch on stdin in the working directory
  sandbox       run one command under the sandbox: sandbox [--mode MODE] [--cd DIR] [--deny-read PATH]... -- CMD...
  policy        check [--stdin] [-- CMD...]: what the command policy says of a command that would run outside the sandbox, as JSON;
                with --stdin one JSON string a line in, one verdict a line out (safe, ask or danger)
  thread        list [--json] [--cwd DIR] [--archived] [--limit N] [--search TERM]: the threads, last changed first
                export ID [--format markdown|json] [-o FILE]: one of them, written out
                prompt ID [--calls I,J | --body I]: the calls to the model, rebuilt from the record; the first byte
                in which two of them differ, and why; the body of one
  login         sign in to the model provider: by OAuth where it has that, else with the API key given on stdin
                  --provider ID              not the configured provider but this one
                  --device                   show a code to enter on any device, instead of opening a browser
                  --with-api-key             take a key, whatever the provider has
  logout        forget keys and sign-ins

  --help, --version
`;

/** What each command does, to its exit status. Modules are loaded when they are used. */
const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  "app-server": async (args) => {
    const [word, ...rest] = args;
    if (word === undefined || word.startsWith("-")) return (await import("./app-server.ts")).runAppServer(args);
    const { isGenerator, runGenerate } = await import("./generate.ts");
    return isGenerator(word)
      ? runGenerate(word, rest)
      : misuse(`there is no command app-server ${JSON.stringify(word)}`);
  },
  "apply-patch": async (args) => {
    if (args.length > 0) return misuse("apply-patch takes no arguments; the patch is read from stdin");
    const { stdin, stdout, stderr } = process;
    return (await import("./apply-patch.ts")).runApplyPatch({ cwd: process.cwd(), stdin, stdout, stderr });
  },
  sandbox: async (args) => (await import("./sandbox.ts")).runSandbox(args),
  policy: async (args) => (await import("./policy.ts")).runPolicy(args),
  thread: async (args) => (await import("./thread.ts")).runThread(args),
  login: async (args) => (await import("./account.ts")).runLogin(args),
  logout: async (args) => (await import("./account.ts")).runLogout(args),
  "--help": async () => print(help),
  "-h": async () => print(help),
  help: async () => print(help),
  "--version": async () => print(`turnwright ${version}\n`),
  "-V": async () => print(`turnwright ${version}\n`),
};

const print = (text: string): number => {
  process.stdout.write(text);
  return 0;
};

const misuse = (reason: string): number => {
  process.stderr.write(`turnwright: ${reason}\nTry: turnwright --help\n`);
  return 2;
};

async function run([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined) return misuse("which command?");
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return misuse(`there is no command ${JSON.stringify(name)}`);
  return command(args);
}

void run(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`turnwright: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
