import fs from "node:fs";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { generatedPages, generatedSources, protocolComments } from "../../scripts/docs/generated.ts";
import type { DocComments } from "../../scripts/docs/doc-comments.ts";
import { anchorOf } from "../../scripts/docs/protocol-page.ts";
import { clientMethods, serverMethods } from "../../src/protocol/methods.ts";
import { serverNotifications } from "../../src/protocol/notifications.ts";
import { publishedProtocol } from "../../src/protocol/published/definitions.ts";

const root = path.resolve(import.meta.dirname, "../..");
const onDisk = (file: string): string => fs.readFileSync(path.join(root, file), "utf8");
const everything = publishedProtocol({ experimental: true });
const stable = publishedProtocol({ experimental: false });

let comments: DocComments;
beforeAll(async () => {
  comments = await protocolComments(root);
});

test("what is generated is up to date; if not, run: npm run docs", async () => {
  for (const [file, text] of await generatedSources(root, comments)) expect(onDisk(file), file).toBe(text);
  for (const [file, text] of await generatedPages(root, comments)) expect(onDisk(file), file).toBe(text);
});

test("every method and notification says in a comment above its entry what it is for", () => {
  const names = [clientMethods, serverMethods, serverNotifications].flatMap((table) => Object.keys(table));
  expect(names.filter((name) => (comments.entries.get(name)?.text ?? "") === "")).toEqual([]);
});

test("notifications that a comment promises exist", () => {
  const promised = [...comments.entries.values()].flatMap(({ notifies }) => notifies);
  expect(promised.filter((name) => !Object.hasOwn(serverNotifications, name))).toEqual([]);
});

test("every link of docs/protocol.md leads to exactly one heading, or to a file", () => {
  const page = onDisk("docs/protocol.md");
  const anchors = page.split("\n").flatMap((line) => (/^#+ /u.test(line) ? [anchorOf(line.replace(/^#+ /u, ""))] : []));
  expect(new Set(anchors).size).toBe(anchors.length);
  const links = [...page.matchAll(/\]\(([^)]+)\)/gu)].map(([, target = ""]) => target);
  const broken = links.filter((target) =>
    target.startsWith("#") ? !anchors.includes(target.slice(1)) : !fs.existsSync(path.join(root, "docs", target)),
  );
  expect(broken).toEqual([]);
});

test("what is experimental is left out unless it is asked for", () => {
  const paramsOf = (protocol: typeof stable) => Object.keys(protocol.definitions["TurnStartParams"]?.properties ?? {});
  expect(paramsOf(everything)).toContain("collaborationMode");
  expect(paramsOf(stable)).not.toContain("collaborationMode");
  expect(stable.definitions).not.toHaveProperty("CollaborationMode");
  const marked = everything.clientMethods.filter(({ isExperimental }) => isExperimental).map(({ method }) => method);
  expect(stable.clientMethods.map(({ method }) => method)).toEqual(
    Object.keys(clientMethods).filter((method) => !marked.includes(method)),
  );
});

test("a definition carries what its source says, member by member", () => {
  expect(stable.definitions["Thread"]).toMatchObject({
    description: expect.stringMatching(/^A conversation\./u) as string,
    properties: { preview: { type: "string", description: expect.stringContaining("first words") as string } },
  });
  const approval = stable.definitions["CommandApprovalParams"]?.properties?.["turnwright"]?.properties;
  expect(approval?.["script"]?.description).toContain("as the model wrote it");
});
