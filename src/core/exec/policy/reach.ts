import { findFileDanger, findWrittenFile } from "./danger-files.ts";
import { findSystemDanger } from "./danger-system.ts";
import type { ScriptParser } from "./grammar.ts";
import { type Input, readingsOf, readScript, type Script, type ScriptCommand, variablesOf } from "./script.ts";
import type { Finding } from "./verdict.ts";
import { commandWords, printed, readWord, type Variables } from "./words.ts";
import { type Argv, argvOf, baseName, startedBy } from "./wrappers.ts";

/** Everything that a command line may come to start: its own commands, and through wrappers, strings and pipes those of others. */
export interface Reach {
  readonly commands: readonly Argv[];
  /** The dangers in them, one of each rule. */
  readonly dangers: readonly Finding[];
  /** Not all of it could be followed. */
  readonly isCut: boolean;
}

const maxCommands = 2000;
const maxLayers = 16;
/** Characters of scripts inside of scripts. */
const maxTextChars = 1024 * 1024;

const unknownAsRoot: Finding = {
  rule: "danger.pipe-to-root",
  reason: "It runs what nobody can read here with the rights of another user.",
};

/** What is known of the input of a command that is followed. */
type KnownInput = { readonly text: string | null } | null;

/** Follows commands through everything that starts commands. */
export function follow(start: { readonly script: Script } | { readonly argv: Argv }, parse: ScriptParser): Reach {
  const commands: Argv[] = [];
  const dangers = new Map<string, Finding>();
  const note = (found: Finding | null): void => {
    if (found !== null && !dangers.has(found.rule)) dangers.set(found.rule, found);
  };
  let isCut = false;
  let charsLeft = maxTextChars;

  const followScript = (script: Script, known: Variables, layer: number, changesUser: boolean): void => {
    for (const name of script.forkBombs) {
      note({ rule: "danger.fork-bomb", reason: `The function ${name} starts itself again and again.` });
    }
    for (let reading = 0; reading < readingsOf(script); reading += 1) {
      const variables = variablesOf(script, reading, known);
      for (const { target } of script.written) {
        for (const { value } of readWord(target, variables)) note(findWrittenFile(value));
      }
      for (const command of script.commands) {
        followCommand(
          argvOf(commandWords(command.node, variables)),
          knownInput(command.input, variables),
          variables,
          layer,
          changesUser,
        );
      }
    }
  };

  const followText = (text: string | null, variables: Variables, layer: number, changesUser: boolean): void => {
    if (text === null) {
      if (changesUser) note(unknownAsRoot);
      return;
    }
    charsLeft -= text.length;
    if (layer >= maxLayers || charsLeft < 0) {
      isCut = true;
      return;
    }
    const parsed = parse(text);
    if (parsed.root === null) isCut = true;
    else followScript(readScript(parsed.root), variables, layer + 1, changesUser);
  };

  const followCommand = (
    argv: Argv,
    input: KnownInput,
    variables: Variables,
    layer: number,
    changesUser: boolean,
  ): void => {
    if (commands.length >= maxCommands || layer >= maxLayers) {
      isCut = true;
      return;
    }
    commands.push(argv);
    const name = baseName(argv[0]);
    note(findFileDanger(name, argv.slice(1)) ?? findSystemDanger(name, argv.slice(1)));
    const started = startedBy(argv);
    const rights = changesUser || started.changesUser;
    if (started.runsInput && input !== null) followText(input.text, variables, layer, rights);
    for (const text of started.scripts) followText(text, variables, layer, rights);
    for (const inner of started.commands) {
      const more =
        name === "xargs" && typeof input?.text === "string"
          ? input.text.split(/\s+/).filter((word) => word !== "")
          : [];
      followCommand([...inner, ...more], input, variables, layer + 1, rights);
    }
  };

  // Of the variables that nobody sets here these are known well enough to see danger.
  const none: Variables = new Map([
    ["IFS", " "],
    ["HOME", "~"],
  ]);
  if ("script" in start) followScript(start.script, none, 0, false);
  else followCommand(start.argv, null, none, 0, false);
  return { commands, dangers: [...dangers.values()], isCut };
}

function knownInput(input: Input | null, variables: Variables): KnownInput {
  switch (input?.kind) {
    case undefined:
      return null;
    case "text":
      return { text: input.text };
    case "word": {
      const words = readWord(input.node, variables).map(({ value }) => value);
      return { text: words.includes(null) ? null : words.join(" ") };
    }
    case "command":
      return { text: outputOf(input.command, variables) };
    default:
      return { text: null };
  }
}

/** What a command that only repeats its words or its input prints; null: unknown. */
function outputOf({ node, input }: ScriptCommand, variables: Variables): string | null {
  const argv = argvOf(commandWords(node, variables));
  const name = argv[0];
  if (name === "cat" || name === "tee")
    return argv.length === 1 || argv[1] === "-" ? (knownInput(input, variables)?.text ?? null) : null;
  if (name === "base64" && argv.some((arg) => arg === "-d" || arg === "-D" || arg === "--decode")) {
    const text = knownInput(input, variables)?.text ?? null;
    return text === null ? null : Buffer.from(text, "base64").toString("utf8");
  }
  return name === "echo" || name === "printf" ? printed(argv) : null;
}
