import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as z from "zod";
import { commandNames } from "../../src/extension/command-names.ts";
import { chatHtml } from "../../src/extension/chat-html.ts";

const root = new URL("../../", import.meta.url);
const Contribution = z.object({
  command: z.string(),
  title: z.string().optional(),
  category: z.string().optional(),
  when: z.string().optional(),
});
const Manifest = z.object({
  icon: z.string(),
  capabilities: z.object({
    untrustedWorkspaces: z.object({ supported: z.literal("limited"), restrictedConfigurations: z.array(z.string()) }),
  }),
  contributes: z.object({
    commands: z.array(Contribution),
    menus: z.record(z.string(), z.array(Contribution)),
    keybindings: z.array(z.object({ command: z.string(), when: z.string() })),
    configuration: z.object({
      properties: z.record(z.string(), z.object({ scope: z.string().optional(), markdownDescription: z.string() })),
    }),
    viewsContainers: z.object({ secondarySidebar: z.array(z.object({ icon: z.string() })) }),
  }),
});
const manifest = Manifest.parse(JSON.parse(readFileSync(new URL("package.json", root), "utf8")));
const { contributes } = manifest;
const commands = commandNames.map((name) => `turnwright.${name}`);

test("the manifest names exactly the commands that are registered", () => {
  expect(contributes.commands.map(({ command }) => command)).toEqual(commands);
  expect(new Set(contributes.commands.map(({ category }) => category))).toEqual(new Set(["Turnwright"]));
});

test("menus and keys use commands that exist", () => {
  const used = [...Object.values(contributes.menus).flat(), ...contributes.keybindings].map(({ command }) => command);
  expect(used.filter((command) => !commands.includes(command))).toEqual([]);
});

test("menus of files are there in remote windows too, where a file has another scheme", () => {
  const ofFiles = Object.values(contributes.menus)
    .flat()
    .filter(({ when }) => when?.includes("file"));
  expect(ofFiles.map(({ command }) => command)).toEqual(["turnwright.askAboutSelection", "turnwright.explainFile"]);
  for (const { when } of ofFiles) expect(when).toContain("resourceScheme =~ /^(file|vscode-remote)$/");
});

test("what runs a program, or lowers a guard, cannot be set by a workspace", () => {
  const scopeOf = (name: string): string | undefined =>
    contributes.configuration.properties[`turnwright.${name}`]?.scope;
  expect(scopeOf("server.path")).toBe("machine");
  expect(scopeOf("server.args")).toBe("machine");
  expect(scopeOf("modelProvider")).toBe("machine"); // where the user's key goes
  expect(scopeOf("approvals")).toBe("application");
  expect(scopeOf("defaultMode")).toBe("application");
  expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations).toEqual(
    expect.arrayContaining(["turnwright.server.path", "turnwright.server.args", "turnwright.modelProvider"]),
  );
});

test("the icons are there", () => {
  const icons = [manifest.icon, ...contributes.viewsContainers.secondarySidebar.map(({ icon }) => icon)];
  expect(icons.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
});

test("the page runs one script, by nonce, and loads nothing from outside", () => {
  const html = chatHtml({ scriptUri: "vs:/main.js", styleUri: "vs:/main.css", cspSource: "vs:", nonce: "abc" });
  expect(html).toContain("default-src 'none'");
  expect(html).toContain("script-src 'nonce-abc'");
  expect(html).not.toMatch(/unsafe-(inline|eval)/);
  expect(html.match(/<script[^>]*>/g)).toEqual(['<script type="module" nonce="abc" src="vs:/main.js">']);
});
