import { safeCommands } from "./safe-commands.ts";
import type { Judgement } from "./verdict.ts";
import { baseName, shells } from "./wrappers.ts";

/** Programs that run what they are told to, in any form: allowing them allows everything. */
const runsAnything: ReadonlySet<string> = new Set(
  (
    "sudo doas su env command builtin exec eval source . nohup setsid timeout nice ionice stdbuf time xargs parallel find fd watch flock " +
    "script strace ltrace unshare nsenter chroot busybox toybox systemd-run pkexec runuser git gh glab hg svn ssh scp sftp rsync " +
    "python node deno bun perl ruby php lua awk gawk mawk sed tclsh expect osascript java jshell groovy scala R Rscript julia ghci irb " +
    "swift ed ex vi vim nvim emacs less more man npx bunx uvx pipx uv nix docker podman nerdctl docker-compose kubectl helm ansible terraform tofu pulumi " +
    "aws gcloud az curl wget nc ncat socat telnet ftp gdb lldb make-kpkg screen tmux at batch crontab trap alias open xdg-open start powershell pwsh cmd " +
    "rm mv cp ln dd tee install chmod chown chgrp chattr shred truncate tar unzip zip 7z cpio mount umount kill pkill killall psql mysql sqlite3 redis-cli mongosh " +
    "pip gem apt apt-get dnf yum brew pacman snap cd export unset set date"
  ).split(" "),
);
/** Versions of interpreters: `python3.12`, `node20`. */
const versioned = /^(?:python|pip|node|perl|ruby|php|lua|gcc|clang)[\d.-]*$/;

/** Tools whose first words name a task that the project defines; with how many words the task is named. */
const tasks: readonly (readonly string[])[] = [
  ["npm", "test"],
  ["npm", "t"],
  ["npm", "run", "*"],
  ["npm", "run-script", "*"],
  ["pnpm", "test"],
  ["pnpm", "run", "*"],
  ["yarn", "test"],
  ["yarn", "run", "*"],
  ["cargo", "build"],
  ["cargo", "check"],
  ["cargo", "clippy"],
  ["cargo", "fmt"],
  ["cargo", "test"],
  ["go", "build"],
  ["go", "test"],
  ["go", "vet"],
  ["dotnet", "build"],
  ["dotnet", "test"],
  ["mvn", "test"],
  ["mvn", "verify"],
  ["gradle", "build"],
  ["gradle", "test"],
  ["mix", "test"],
  ["make", "*"],
  ["just", "*"],
];
/** Package managers: what they do besides their tasks brings foreign code. */
const packageManagers: ReadonlySet<string> = new Set([
  "npm",
  "pnpm",
  "yarn",
  "cargo",
  "go",
  "dotnet",
  "mvn",
  "gradle",
  "mix",
  "poetry",
  "composer",
  "bundle",
]);

const maxWords = 12;
const maxChars = 200;

/**
 * The narrowest useful beginning of a command that a rule could allow for good: the task where a tool has tasks, else the whole command.
 * Null where none is safe to offer: interpreters, wrappers, whatever deletes or reaches the network, a program without arguments, and programs
 * that only look but for some flags: it is those that are asked about, and more words can follow (`rg --pre`, `sort -o`).
 * @param judgeAllowed how the words of a command would be judged under a rule that allows a prefix
 */
export function proposePrefix(
  words: readonly string[],
  judgeAllowed: (prefix: readonly string[]) => Judgement,
): readonly string[] | null {
  const [program = ""] = words;
  if (program.includes("/") || shells.has(program) || runsAnything.has(baseName(program)) || versioned.test(program))
    return null;
  if (Object.hasOwn(safeCommands, program)) return null;
  const prefix = taskOf(words) ?? (packageManagers.has(program) ? null : words);
  if (prefix === null || prefix.length < 2 || prefix.length > maxWords || prefix.join(" ").length > maxChars)
    return null;
  if (prefix.some((word) => /[\n\t]/.test(word))) return null;
  return judgeAllowed(prefix).isAllowedByRule ? prefix : null;
}

function taskOf(words: readonly string[]): readonly string[] | null {
  const task = tasks.find((known) =>
    known.every(
      (word, index) =>
        word === words[index] ||
        (word === "*" && /^[\w:.@-]+$/.test(words[index] ?? "") && !/^-/.test(words[index] ?? "")),
    ),
  );
  return task === undefined ? null : words.slice(0, task.length);
}
