import type { Word } from "./words.ts";

/** The words of a command as far as they are known: null stands for what only a run could tell. */
export type Argv = readonly (string | null)[];

/** What a command starts in turn. */
export interface Started {
  readonly commands: readonly Argv[];
  /** Shell text that it runs; null: text that is not known. */
  readonly scripts: readonly (string | null)[];
  /** It runs its standard input as a script. */
  readonly runsInput: boolean;
  /** What it starts has the rights of another user, as a rule of root. */
  readonly changesUser: boolean;
}

const nothing: Started = { commands: [], scripts: [], runsInput: false, changesUser: false };

export const argvOf = (words: readonly Word[]): Argv => words.map(({ value }) => value);

/** The name of a program without its path. */
export const baseName = (word: string | null | undefined): string => word?.slice(word.lastIndexOf("/") + 1) ?? "";

export const shells: ReadonlySet<string> = new Set([
  "bash",
  "sh",
  "zsh",
  "dash",
  "ash",
  "ksh",
  "mksh",
  "fish",
  "rbash",
]);

interface Wrapper {
  /** Flags that take the next word as their value. */
  readonly valued?: readonly string[];
  /** Words between the flags and the command. */
  readonly skip?: number;
  readonly takesAssignments?: true;
  readonly changesUser?: true;
}

const run: Wrapper = {};
/** Programs that start the command in their arguments. */
const wrappers: Readonly<Record<string, Wrapper>> = {
  // Words of the shell's own that the grammar takes for a command's name where it does not expect them.
  "!": run,
  "{": run,
  then: run,
  do: run,
  else: run,
  if: run,
  elif: run,
  while: run,
  until: run,
  builtin: run,
  busybox: run,
  caffeinate: { valued: ["-t", "-w"] },
  catchsegv: run,
  chroot: { valued: ["--userspec", "--groups"], skip: 1 },
  chrt: { valued: ["-T", "-P", "-D"], skip: 1 },
  coproc: run,
  doas: { valued: ["-u", "-C", "-a"], changesUser: true },
  env: { valued: ["-u", "--unset", "-C", "--chdir", "-P"], takesAssignments: true },
  exec: { valued: ["-a"] },
  fakeroot: run,
  firejail: run,
  gtimeout: { valued: ["-k", "-s", "--kill-after", "--signal"], skip: 1 },
  ionice: { valued: ["-c", "-n", "--class", "--classdata"] },
  ltrace: { valued: ["-e", "-o", "-p", "-u", "-s", "-n", "-a"] },
  nice: { valued: ["-n", "--adjustment"] },
  noglob: run,
  nocorrect: run,
  nohup: run,
  nsenter: { valued: ["-t", "--target", "-S", "-G"] },
  numactl: { valued: ["-C", "-N", "-m", "-p", "-i"] },
  pkexec: { valued: ["--user"], changesUser: true },
  prlimit: run,
  proxychains: { valued: ["-f"] },
  proxychains4: { valued: ["-f"] },
  setarch: { skip: 1 },
  setpriv: { valued: ["--reuid", "--regid", "--groups"] },
  setsid: run,
  stdbuf: { valued: ["-i", "-o", "-e", "--input", "--output", "--error"] },
  strace: { valued: ["-e", "-o", "-p", "-u", "-s", "-a", "-E", "-P", "-S", "-O", "-I", "-b"] },
  sudo: {
    valued: [
      "-u",
      "-g",
      "-h",
      "-p",
      "-C",
      "-T",
      "-R",
      "-D",
      "-U",
      "-r",
      "-t",
      "--user",
      "--group",
      "--host",
      "--chdir",
    ],
    takesAssignments: true,
    changesUser: true,
  },
  taskset: { valued: [], skip: 1 },
  "systemd-run": { valued: ["-p", "-u", "--property", "--unit", "-M", "-E"] },
  time: { valued: ["-f", "-o"] },
  timeout: { valued: ["-k", "-s", "--kill-after", "--signal"], skip: 1 },
  toybox: run,
  unbuffer: run,
  unshare: { valued: ["-S", "-G", "-R", "-w"] },
  watch: { valued: ["-n", "--interval"] },
  winpty: run,
  xargs: {
    valued: [
      "-I",
      "-n",
      "-P",
      "-L",
      "-s",
      "-d",
      "-a",
      "-E",
      "-J",
      "-R",
      "--max-args",
      "--max-procs",
      "--arg-file",
      "--delimiter",
    ],
  },
  parallel: { valued: ["-j", "-I", "-n", "-a", "--jobs"] },
  "xvfb-run": { valued: ["-s", "-n", "-e", "-f", "-w"] },
};

/** What the words of a command start in turn, one layer deep. Pure. */
export function startedBy(argv: Argv): Started {
  const [first, ...args] = argv;
  const name = baseName(first);
  if (shells.has(name)) return startedByShell(args);
  switch (name) {
    case "eval":
      return { ...nothing, scripts: [joined(args)] };
    case "source":
    case ".":
      return { ...nothing, runsInput: args[0] === "/dev/stdin" || args[0] === "-" };
    case "trap":
    case "alias":
      return {
        ...nothing,
        scripts: args.map((arg) => (name === "alias" ? (arg?.replace(/^[^=]*=/, "") ?? null) : arg)),
      };
    case "command":
      return args.some((arg) => arg === "-v" || arg === "-V")
        ? nothing
        : { ...nothing, commands: [afterFlags(args, run)] };
    case "find":
    case "fd":
      return { ...nothing, commands: startedByFind(args) };
    case "su":
    case "runuser":
      return { ...nothing, scripts: valuesOf(args, ["-c", "--command"]), runsInput: false, changesUser: true };
    case "script":
      return { ...nothing, scripts: valuesOf(args, ["-c", "--command"]) };
    case "flock":
      return {
        ...nothing,
        scripts: valuesOf(args, ["-c", "--command"]),
        commands: [afterFlags(args, { valued: ["-w", "-E"], skip: 1 })],
      };
    case "watch":
    case "parallel": {
      const rest = afterFlags(args, wrappers[name] ?? run);
      return { ...nothing, scripts: [joined(rest)] };
    }
    case "ssh": {
      const rest = afterFlags(args, {
        valued: ["-p", "-i", "-l", "-o", "-F", "-J", "-L", "-R", "-D", "-W", "-b"],
        skip: 1,
      });
      return rest.length === 0 ? nothing : { ...nothing, scripts: [joined(rest)] };
    }
    case "docker":
    case "podman":
    case "kubectl":
      return { ...nothing, commands: startedInContainer(args) };
    case "git":
      return { ...nothing, scripts: startedByGit(args) };
    case "env": {
      const split = valuesOf(args, ["-S", "--split-string"]);
      return split.length > 0
        ? { ...nothing, scripts: split }
        : { ...nothing, commands: [afterFlags(args, wrappers["env"] ?? run)] };
    }
    default:
      break;
  }
  const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined;
  if (wrapper === undefined) return nothing;
  const rest = afterFlags(args, wrapper);
  const changesUser = wrapper.changesUser === true;
  // `sudo -s` and `sudo -i` are a shell.
  const flags = args.slice(0, args.length - rest.length);
  if (changesUser && flags.some((flag) => /^(?:-s|-i|--login|--shell)$/.test(flag ?? ""))) {
    return rest.length > 0
      ? { ...nothing, scripts: [joined(rest)], changesUser }
      : { ...nothing, runsInput: true, changesUser };
  }
  return { ...nothing, commands: rest.length === 0 ? [] : [rest], changesUser };
}

function joined(args: Argv): string | null {
  return args.includes(null) ? null : args.join(" ");
}

/** The words after the flags of a wrapper, its own operands and its assignments. */
function afterFlags(args: Argv, { valued = [], skip = 0, takesAssignments }: Wrapper): Argv {
  let index = 0;
  for (; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (arg === "--") {
      index += 1;
      break;
    }
    if (takesAssignments === true && /^[A-Za-z_]\w*=/.test(arg)) continue;
    if (!/^-./.test(arg)) break;
    // A cluster such as `-nu root` ends in the flag that takes the value.
    if (
      valued.includes(arg) ||
      (/^-[A-Za-z]{2,}$/.test(arg) && valued.includes(`-${arg.slice(-1)}`) && !valued.includes(arg.slice(0, 2)))
    ) {
      index += 1;
    }
  }
  for (; takesAssignments === true && /^[A-Za-z_]\w*=/.test(args[index] ?? ""); index += 1);
  return args.slice(index + skip);
}

/** Values of a flag: in the next word, or in the same behind the flag or `=`. */
function valuesOf(args: Argv, names: readonly string[]): (string | null)[] {
  return args.flatMap((arg, index): (string | null)[] => {
    if (arg === null) return [];
    if (names.includes(arg)) return [args[index + 1] ?? null];
    const attached = names.find((name) => arg.startsWith(name.startsWith("--") ? `${name}=` : name) && arg !== name);
    if (attached === undefined) return [];
    return [arg.slice(attached.length).replace(/^=/, "")];
  });
}

function startedByShell(args: Argv): Started {
  let takesScript = false;
  let isInput = false;
  let index = 0;
  for (; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (arg === "--" || arg === "-") {
      index += 1;
      break;
    }
    if (!/^[-+]./.test(arg)) break;
    if (/^-[A-Za-z]+$/.test(arg)) {
      if (arg.includes("c")) takesScript = true;
      if (arg.includes("s")) isInput = true;
    }
    if (/^[-+][A-Za-z]*[oO]$/.test(arg) || arg === "--rcfile" || arg === "--init-file") index += 1;
  }
  const operand = args[index];
  if (takesScript || operand === null) return { ...nothing, scripts: [operand ?? null] };
  return { ...nothing, runsInput: isInput || operand === undefined || operand === "/dev/stdin" };
}

/** `-exec CMD ... ;` or `+`, and its kin. */
function startedByFind(args: Argv): Argv[] {
  return args.flatMap((arg, index): Argv[] => {
    if (!/^(?:-exec|-execdir|-ok|-okdir|-x|-X|--exec|--exec-batch)$/.test(arg ?? "")) return [];
    const rest = args.slice(index + 1);
    const end = rest.findIndex((word) => word === ";" || word === "+");
    return [end === -1 ? rest : rest.slice(0, end)];
  });
}

/** `docker exec X CMD`, `docker run IMAGE CMD`: flags of the two are many, so every tail that begins with a plain word counts. */
function startedInContainer(args: Argv): Argv[] {
  const verb = args.findIndex((arg) => arg === "exec" || arg === "run");
  if (verb === -1) return [];
  const rest = args.slice(verb + 1);
  return rest.flatMap((word, index): Argv[] =>
    index > 0 && word !== null && !word.startsWith("-") && (shells.has(baseName(word)) || baseName(word) === "rm")
      ? [rest.slice(index)]
      : [],
  );
}

/** Aliases that are given on the command line, and commands that git runs in places of its own. */
function startedByGit(args: Argv): (string | null)[] {
  const configured = args.flatMap((arg, index): string[] => {
    const value = args[index - 1] === "-c" ? arg : null;
    return value === null || !/^alias\.[^=]+=!/i.test(value) ? [] : [value.replace(/^[^=]*=!/, "")];
  });
  const foreach = args.indexOf("foreach");
  const each = foreach === -1 ? [] : [joined(afterFlags(args.slice(foreach + 1), run))];
  const bisect = args.indexOf("bisect");
  const bisected = bisect !== -1 && args[bisect + 1] === "run" ? [joined(args.slice(bisect + 2))] : [];
  const rebase = args.includes("rebase") ? valuesOf(args, ["-x", "--exec"]) : [];
  const filters = args.includes("filter-branch") ? valuesOf(args, ["--tree-filter", "--index-filter"]) : [];
  return [...configured, ...each, ...bisected, ...rebase, ...filters];
}
