import { expect, test } from "vitest";
import { mentionsIn, prepare } from "../../../webview-ui/composer/message.ts";
import { slashCommands } from "../../../webview-ui/composer/slash-commands.ts";
import { hostState } from "../helpers/threads.ts";

test("only the skills that the text still names go along", () => {
  const skill = (name: string) => ({ name, path: `/repo/.agents/skills/${name}/SKILL.md` });
  const chosen = new Map(["review", "release"].map((name) => [name, skill(name)]));
  expect(mentionsIn("use $review and $other, not release", chosen)).toEqual([skill("review")]);
});

/** A panel that keeps what it was asked to do. */
function panel() {
  const did: string[] = [];
  const commands = slashCommands(
    hostState(),
    {
      runCommand: (command) => void did.push(command),
      setMode: (mode) => void did.push(`mode ${mode}`),
      setModel: (model) => void did.push(`model ${model}`),
    },
    () => void did.push("help"),
  );
  const prompt = { name: "port", description: null, argumentHint: null, path: "/p/port.md" };
  const hidden = { ...prompt, name: "new", path: "/p/new.md" };
  const store = {
    listPrompts: async () => [prompt, hidden],
    expandPrompt: async ({ path, arguments: typed }: { path: string; arguments: string }) => `${path}(${typed})`,
  };
  return { did, prepare: (text: string) => prepare(text, commands, store) };
}

test.each([
  ["/new", ["newThread"], { kind: "done" }],
  ["/compact", ["compact"], { kind: "done" }],
  ["/mode agent", ["mode agent"], { kind: "done" }],
  ["/model gpt-5.5-mini", ["model gpt-5.5-mini"], { kind: "done" }],
  ["/plan a way to do it", ["mode plan"], { kind: "text", text: "a way to do it" }],
  ["/port FILE=a", [], { kind: "text", text: "/p/port.md(FILE=a)" }],
  ["/prompts:new x", [], { kind: "text", text: "/p/new.md(x)" }],
  ["/etc/hosts", [], { kind: "text", text: "/etc/hosts" }],
  ["/unknown name", [], { kind: "text", text: "/unknown name" }],
  [" /new", [], { kind: "text", text: " /new" }],
  ["/mode everything", [], { kind: "problem", problem: "/mode needs an entry of its list behind it." }],
  [
    "/new idea",
    [],
    {
      kind: "problem",
      problem: "/new takes nothing behind it. To send this as a message, begin it with a blank.",
    },
  ],
])("%j comes to what it says", async (text, did, prepared) => {
  const page = panel();
  expect(await page.prepare(text)).toEqual(prepared);
  expect(page.did).toEqual(did);
});

test("a mode that is not allowed now is no choice", async () => {
  const [mode] = slashCommands(
    hostState({ modes: ["plan"] }),
    { runCommand: () => undefined, setMode: () => undefined, setModel: () => undefined },
    () => undefined,
  ).filter(({ name }) => name === "mode");
  expect(mode?.run("full")).toBe(false);
});
