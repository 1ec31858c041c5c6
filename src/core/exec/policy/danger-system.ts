import { hasFlag, looseArguments } from "./danger-files.ts";
import type { Finding } from "./verdict.ts";
import type { Argv } from "./wrappers.ts";

const found = (rule: string, reason: string): Finding => ({ rule: `danger.${rule}`, reason });
const power = found("power", "It stops the machine.");
const accounts = found("accounts", "It changes the accounts of this machine.");
const packages = found("packages", "It removes software of this machine.");
const publishing = found("publish", "What is published cannot be taken back.");
const firewall = found("firewall", "It takes the firewall's rules away.");

/** Verbs of tools for clusters and clouds after which something is gone. */
const removes = /^(?:delete|destroy|drain|uninstall|purge|prune|terminate)(?:-|$)/;

/** Commands that harm processes, services, accounts, containers, clusters, databases or what others rely on. */
export function findSystemDanger(name: string, args: Argv): Finding | null {
  const { flags, operands } = looseArguments(args);
  const [verb, noun] = operands;
  switch (name) {
    case "kill":
      return findKill(args);
    case "killall5":
      return found("kill-all", "It ends every process.");
    case "pkill":
    case "killall":
      return hasFlag(flags, "uUG", "--user", "--euid", "--uid", "--group") ||
        flags.some((flag) => /^-(?:9|KILL|SIGKILL)$/.test(flag))
        ? found("kill-all", `${name} ends processes by more than one name, or without a chance to save.`)
        : null;
    case "shutdown":
    case "reboot":
    case "halt":
    case "poweroff":
    case "telinit":
    case "init":
      return power;
    case "systemctl":
      return operands.some((word) =>
        /^(?:stop|disable|mask|kill|restart|isolate|poweroff|reboot|halt|kexec|suspend|hibernate|rescue|emergency|exit|set-default|revert)$/.test(
          word ?? "",
        ),
      )
        ? found("service", "It stops or changes a service of this machine.")
        : null;
    case "service":
    case "rc-service":
      return operands.some((word) => /^(?:stop|restart)$/.test(word ?? ""))
        ? found("service", "It stops a service of this machine.")
        : null;
    case "launchctl":
      return /^(?:unload|bootout|remove|kill|disable|stop|reboot)$/.test(verb ?? "")
        ? found("service", "It stops a service of this machine.")
        : null;
    case "useradd":
    case "adduser":
    case "userdel":
    case "usermod":
    case "deluser":
    case "groupdel":
    case "delgroup":
    case "groupmod":
    case "passwd":
    case "chpasswd":
    case "visudo":
    case "vipw":
      return accounts;
    case "crontab":
      return hasFlag(flags, "r") ? found("crontab", "It deletes all scheduled jobs.") : null;
    case "history":
      return hasFlag(flags, "c") ? found("history", "It deletes the history of your shell.") : null;
    case "fuser":
      return hasFlag(flags, "k", "--kill") ? found("kill-all", "It ends every process that uses a file.") : null;
    case "ip":
    case "ifconfig":
      return operands.some((word) => /^(?:down|flush|del|delete)$/.test(word ?? ""))
        ? found("network", "It takes the machine's network away.")
        : null;
    case "atrm":
      return found("crontab", "It deletes scheduled jobs.");
    case "iptables":
    case "ip6tables":
      return hasFlag(flags, "FXP", "--flush", "--delete-chain", "--policy") ? firewall : null;
    case "nft":
      return verb === "flush" || verb === "delete" ? firewall : null;
    case "ufw":
      return verb === "disable" || verb === "reset" ? firewall : null;
    case "setenforce":
    case "insmod":
    case "rmmod":
    case "modprobe":
    case "kexec":
    case "swapoff":
    case "csrutil":
    case "cryptsetup":
      return found("kernel", "It changes how the system protects or runs itself.");
    case "sysctl":
      return hasFlag(flags, "w", "--write")
        ? found("kernel", "It changes how the system protects or runs itself.")
        : null;
    case "umount":
      return hasFlag(flags, "a", "--all") ? found("disk", "It takes all disks away.") : null;
    case "docker":
    case "podman":
    case "nerdctl":
    case "docker-compose":
      return findContainer(flags, operands, args);
    case "kubectl":
    case "oc":
    case "helm":
      return operands.some((word) => removes.test(word ?? "")) || (verb === "replace" && flags.includes("--force"))
        ? found("cluster", "It removes something from a cluster.")
        : null;
    case "vagrant":
    case "terraform":
    case "tofu":
    case "pulumi":
    case "cdk":
    case "terragrunt":
      return operands.some((word) => /^(?:destroy|down)$/.test(word ?? "")) ||
        flags.some((flag) => /^-{1,2}(?:destroy|auto-approve)/.test(flag))
        ? found("cloud", "It takes down or changes infrastructure without a further question.")
        : null;
    case "aws":
    case "gcloud":
    case "az":
    case "gsutil":
    case "doctl":
    case "heroku":
    case "flyctl":
    case "fly":
      return operands.some((word) => removes.test(word ?? "") || /^(?:rm|rb|apps:destroy)$/.test(word ?? "")) ||
        flags.includes("--delete")
        ? found("cloud", "It removes something from a cloud.")
        : null;
    case "gh":
    case "glab":
      return noun === "delete" ? found("cloud", "It deletes something from a forge.") : null;
    case "npm":
    case "pnpm":
    case "yarn":
    case "bun":
    case "cargo":
    case "gem":
    case "twine":
    case "poetry":
    case "vsce":
      return /^(?:publish|unpublish|yank|push|upload)$/.test(verb ?? "") || (verb === "npm" && noun === "publish")
        ? publishing
        : null;
    case "apt":
    case "apt-get":
    case "aptitude":
    case "dnf":
    case "yum":
    case "zypper":
    case "brew":
    case "snap":
    case "apk":
      return operands.some((word) => /^(?:remove|purge|autoremove|erase|uninstall|del|dist-upgrade)$/.test(word ?? ""))
        ? packages
        : null;
    case "pacman":
      return flags.some((flag) => flag.startsWith("-R")) ? packages : null;
    case "dpkg":
      return hasFlag(flags, "rP", "--remove", "--purge") ? packages : null;
    case "rpm":
      return hasFlag(flags, "e", "--erase") ? packages : null;
    case "dropdb":
    case "dropuser":
      return found("database", "It deletes a database.");
    case "psql":
    case "mysql":
    case "mariadb":
    case "mysqladmin":
    case "sqlite3":
    case "sqlcmd":
    case "mongo":
    case "mongosh":
    case "redis-cli":
    case "cqlsh":
      return args.some((arg) => losesData.test(arg ?? ""))
        ? found("database", "It deletes data from a database.")
        : null;
    case "git":
      return findGit(args);
    default:
      return null;
  }
}

const losesData =
  /\b(?:drop\s+(?:database|schema|table|user|role|owned)|truncate\s|delete\s+from|dropDatabase|flushall|flushdb|deleteMany|\bdrop\()|^(?:drop|flushall|flushdb)$/i;

/** Process -1 is every process, process 1 the system itself. The first word is a signal if it has a dash. */
function findKill(args: Argv): Finding | null {
  const hasSignal = /^-/.test(args[0] ?? "") && args[0] !== "--";
  const targets = args.slice(hasSignal ? 1 : 0);
  const isAll = targets.some((target) => target === "-1" || target === "1" || target === "0");
  const isOnlySignal = args.length === 1 && args[0] === "-1";
  return isAll || isOnlySignal ? found("kill-all", "It ends every process of yours, or the system's first one.") : null;
}

function findContainer(flags: readonly string[], operands: Argv, args: Argv): Finding | null {
  const isPrivileged =
    flags.some((flag) => /^--(?:privileged|cap-add=(?:ALL|SYS_ADMIN)|pid=host|userns=host)/.test(flag)) ||
    args.some((arg, index) => args[index - 1] === "--pid" && arg === "host");
  const mountsRoot = args.some(
    (arg) =>
      /^(?:-v=?|--volume=)?\/(?:etc|root|home|var|boot|dev|proc|sys|usr)?\/?:/.test(arg ?? "") ||
      /(?:source|src)=\/(?:,|$)/.test(arg ?? "") ||
      /\/var\/run\/docker\.sock:/.test(arg ?? ""),
  );
  if (isPrivileged || mountsRoot) return found("container-host", "The container gets the whole machine in its hands.");
  const [verb, noun] = operands;
  const isRemoval =
    operands.includes("prune") ||
    ((verb === "rm" || verb === "rmi" || noun === "rm") && (hasFlag(flags, "f", "--force") || verb === "volume")) ||
    (operands.includes("down") && hasFlag(flags, "v", "--volumes", "--rmi"));
  return isRemoval ? found("container-prune", "It deletes containers, images or volumes and what is in them.") : null;
}

const gitValued = new Set([
  "-C",
  "-c",
  "--git-dir",
  "--work-tree",
  "--namespace",
  "--exec-path",
  "--super-prefix",
  "--config-env",
]);

/** What git cannot bring back: uncommitted work, others' branches, the reflog. */
function findGit(args: Argv): Finding | null {
  let index = 0;
  while (index < args.length && /^-/.test(args[index] ?? "")) index += gitValued.has(args[index] ?? "") ? 2 : 1;
  const verb = args[index];
  const rest = args.slice(index + 1);
  const { flags, operands } = looseArguments(rest);
  const lost = found("git-discard", `git ${verb ?? ""} throws work away that is not committed.`);
  switch (verb) {
    case "clean":
      return hasFlag(flags, "f", "--force") && !hasFlag(flags, "n", "--dry-run") ? lost : null;
    case "reset":
      return hasFlag(flags, "", "--hard", "--merge") ? lost : null;
    case "checkout":
    case "switch":
      return hasFlag(flags, "f", "--force", "--discard-changes") ? lost : null;
    case "stash":
      return operands[0] === "drop" || operands[0] === "clear" ? lost : null;
    case "rm":
      return hasFlag(flags, "f", "--force") ? lost : null;
    case "worktree":
    case "submodule":
      return hasFlag(flags, "f", "--force") && /^(?:remove|deinit)$/.test(operands[0] ?? "") ? lost : null;
    case "push":
      return hasFlag(
        flags,
        "fd",
        "--force",
        "--force-with-lease",
        "--force-if-includes",
        "--mirror",
        "--delete",
        "--prune",
      ) || operands.slice(1).some((ref) => /^[+:]/.test(ref ?? ""))
        ? found("git-push", "It replaces or deletes what others have in the repository.")
        : null;
    case "branch":
      return hasFlag(flags, "D") || (hasFlag(flags, "d", "--delete") && hasFlag(flags, "f", "--force"))
        ? found("git-branch", "It deletes a branch that may not be merged.")
        : null;
    case "filter-branch":
    case "filter-repo":
      return found("git-history", "It rewrites the history of the repository.");
    case "reflog":
      return operands[0] === "expire" || operands[0] === "delete"
        ? found("git-history", "It deletes git's own way back.")
        : null;
    case "update-ref":
      return hasFlag(flags, "d") ? found("git-history", "It deletes a reference.") : null;
    case "gc":
    case "prune":
      return verb === "prune" || flags.some((flag) => flag.startsWith("--prune="))
        ? found("git-history", "It deletes git's own way back.")
        : null;
    default:
      return null;
  }
}
