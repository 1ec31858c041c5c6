import type { Finding } from "./verdict.ts";
import type { Argv } from "./wrappers.ts";

/** Arguments of a command, read without knowing its flags: what stands before `--` and begins with a dash is one. */
export interface LooseArguments {
  readonly flags: readonly string[];
  readonly operands: readonly (string | null)[];
}

export function looseArguments(args: Argv): LooseArguments {
  const end = args.indexOf("--");
  const before = end === -1 ? args : args.slice(0, end);
  return {
    flags: before.filter((arg) => arg !== null && /^-./.test(arg)).filter((arg) => arg !== null),
    operands: [...before.filter((arg) => arg === null || !/^-./.test(arg)), ...(end === -1 ? [] : args.slice(end + 1))],
  };
}

/** Whether a short flag is given, alone or in a cluster, or a long one, also shortened to no less than `--` and three letters. */
export const hasFlag = (flags: readonly string[], letters: string, ...longs: readonly string[]): boolean =>
  flags.some((flag) => {
    if (!flag.startsWith("--")) return Array.from(letters).some((letter) => flag.includes(letter));
    const name = flag.replace(/=.*/, "");
    return longs.some((long) => long === name || (name.length >= 5 && long.startsWith(name)));
  });

const device =
  /^\/dev\/(?:[shv]d[a-z]|xvd[a-z]|nvme\d|mmcblk\d|disk\d|rdisk\d|loop\d|md\d|dm-\d|mapper\/|sr\d|mem$|kmem$|port$)/;
const criticalFile =
  /^\/(?:etc\/(?:passwd|shadow|group|gshadow|sudoers|fstab|hosts|crontab|ld\.so\.preload|pam\.d\/|ssh\/|sudoers\.d\/|cron)|boot\/|proc\/sys|proc\/\w+\/mem|sys\/|usr\/s?bin\/|s?bin\/|lib)/;
const authorizedKeys = /(?:^|\/)\.ssh\/(?:authorized_keys2?|config|rc)$/;
const gitInternals = /(?:^|\/)\.git\/(?:index|HEAD|config|objects|refs|hooks|packed-refs|logs)(?:\/|$)/;

/** Why a file must not be written just so; null: it is a file like any other. */
export function findWrittenFile(path: string | null): Finding | null {
  if (path === null) return null;
  if (device.test(path)) return { rule: "danger.device", reason: `It writes to the device ${path}.` };
  if (criticalFile.test(path)) return { rule: "danger.system-file", reason: `It changes the system file ${path}.` };
  if (authorizedKeys.test(path)) return { rule: "danger.login-keys", reason: `It changes who may log in, by ${path}.` };
  if (gitInternals.test(path))
    return { rule: "danger.git-internals", reason: `It changes ${path}, which git keeps by itself.` };
  return null;
}

/** A folder whose loss is the loss of all: the root, a folder right below it, a home, the workspace itself, everything in it. */
const isRootLike = (path: string | null): boolean =>
  path !== null &&
  (/^(?:\/+[\w.-]*\/*\*?|~\w*\/*\*?|\.{1,2}\/*|\*|\.\*|\.\/\*|\/(?:usr|var|etc|home|Users)\/[\w.-]+\/*\*?)$/.test(
    path,
  ) ||
    /^\$(?:HOME|PWD)/.test(path));

/** The folder that the command runs in, or what is in it. */
const isWorkspace = (path: string | null): boolean => path !== null && /^(?:\.\/*|\*|\.\/\*)$/.test(path);

const writesTo = (paths: Argv): Finding | null => {
  for (const path of paths) {
    const found = findWrittenFile(path);
    if (found !== null) return found;
  }
  return null;
};

function findRm({ flags, operands }: LooseArguments): Finding | null {
  const isForced = flags.some((flag) => (flag.startsWith("--") ? /^--f/.test(flag) : flag.includes("f")));
  if (flags.some((flag) => flag.startsWith("--no-p"))) {
    return { rule: "danger.rm-root", reason: "rm may delete the whole file system." };
  }
  const isDeep = hasFlag(flags, "rR", "--recursive");
  if (isDeep && operands.some((path) => isRootLike(path))) {
    return {
      rule: "danger.rm-root",
      reason: `rm deletes everything below ${operands.find((path) => isRootLike(path)) ?? ""}.`,
    };
  }
  if (isForced)
    return { rule: "danger.rm-force", reason: "rm with -f deletes without asking, also what is write-protected." };
  return writesTo(operands);
}

function findMode(name: string, { flags, operands }: LooseArguments): Finding | null {
  const [mode, ...paths] = operands;
  if (name === "chmod" && /^0*[2-7][0-7]{3}$|(?:^|,)[ugoa]*[+=][rwxXt]*s/.test(mode ?? "")) {
    return { rule: "danger.setuid", reason: "The file would run with the rights of its owner, whoever starts it." };
  }
  const isDeep = hasFlag(flags, "R", "--recursive");
  const root = paths.find((path) => isSystemPath(path) || (isRootLike(path) && !isWorkspace(path)));
  if (isDeep && root !== undefined) {
    return { rule: "danger.system-files", reason: `${name} -R changes everything below ${root ?? ""}.` };
  }
  return writesTo(paths);
}

const isSystemPath = (path: string | null): boolean =>
  /^\/(?:etc|usr|bin|sbin|lib\w*|boot|var|dev|sys|proc|root|opt)(?:\/|$)/.test(path ?? "");

/** dd, mkfs and the like destroy what is there; cp, mv, ln and tee do where their target is more than a file. */
export function findFileDanger(name: string, args: Argv): Finding | null {
  const loose = looseArguments(args);
  const { flags, operands } = loose;
  const last = operands.at(-1) ?? null;
  if (
    /^(?:mkfs|mke2fs|mkswap|newfs|wipefs|blkdiscard|fdisk|sfdisk|cfdisk|gdisk|sgdisk|parted|lvremove|vgremove|pvremove|zpool|zfs|mdadm|badblocks|hdparm|diskutil|efibootmgr|grub-install|update-grub|nvram)(?:\.|$)/.test(
      name,
    )
  ) {
    const onlyLooks =
      operands[0] === "list" || operands[0] === "status" || (flags.length === 1 && hasFlag(flags, "l", "--list"));
    return onlyLooks ? null : { rule: "danger.disk", reason: `${name} can destroy a whole disk.` };
  }
  switch (name) {
    case "rm":
      return findRm(loose);
    case "shred":
    case "srm":
    case "wipe":
      return { rule: "danger.shred", reason: `${name} destroys files for good.` };
    case "dd":
      return writesTo(args.map((arg) => (arg?.startsWith("of=") === true ? arg.slice(3) : null)));
    case "chmod":
    case "chown":
    case "chgrp":
      return findMode(name, loose);
    case "mv":
      if (last === "/dev/null") return { rule: "danger.mv-null", reason: "What is moved to /dev/null is gone." };
      if (operands.some((path) => /(?:^|\/)\.git\/*$/.test(path ?? "")))
        return { rule: "danger.git-internals", reason: "It moves a whole repository's history away." };
      if (operands.slice(0, -1).some((path) => isRootLike(path) && !isWorkspace(path)))
        return { rule: "danger.system-files", reason: "It moves a whole folder of the system or of yours." };
      return writesTo(operands);
    case "cp":
    case "install":
      return writesTo([last]);
    case "ln":
      return hasFlag(flags, "f", "--force") || /^\/(?:etc|usr|s?bin|boot|lib)/.test(last ?? "")
        ? writesTo([last])
        : null;
    case "tee":
    case "truncate":
    case "sponge":
    case "touch":
    case "unlink":
      return writesTo(operands);
    case "find":
      return findDelete(args);
    case "rsync":
      return flags.some((flag) => /^--(?:del|remove-source)/.test(flag))
        ? { rule: "danger.rsync-delete", reason: "rsync deletes files with these flags." }
        : null;
    default:
      return null;
  }
}

/** `find -delete` that is not told by name or age what to delete. */
function findDelete(args: Argv): Finding | null {
  if (!args.includes("-delete")) return null;
  const [start = "."] = args;
  const isNarrow = args.some((arg) =>
    /^-i?(?:name|path|regex|wholename)$|^-(?:empty|[acm](?:min|time)|size)$/.test(arg ?? ""),
  );
  const isWide = /^(?:\/+[\w.-]*\/*|~.*)$/.test(start ?? "");
  return isNarrow && !isWide ? null : { rule: "danger.find-delete", reason: "find deletes everything that it finds." };
}
