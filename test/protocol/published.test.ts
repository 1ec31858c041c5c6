import fs from "node:fs";
import path from "node:path";
import { Ajv } from "ajv";
import ts from "typescript";
import { beforeAll, expect, test } from "vitest";
import { generatedPages, generatedSources, protocolComments } from "../../scripts/docs/generated.ts";
import type { DocComments } from "../../scripts/docs/doc-comments.ts";
import { anchorOf } from "../../scripts/docs/protocol-page.ts";
import { clientMethods, serverMethods } from "../../src/protocol/methods.ts";
import { serverNotifications } from "../../src/protocol/notifications.ts";
import { publishedProtocol } from "../../src/protocol/published/definitions.ts";
import { schemaFiles } from "../../src/protocol/published/schema-files.ts";
import { typescriptFile } from "../../src/protocol/published/typescript.ts";

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

test("the JSON Schemas compile on their own and as one", () => {
  for (const protocol of [everything, stable]) {
    for (const [name, schema] of schemaFiles(protocol)) {
      const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });
      expect(ajv.validateSchema(schema), name).toBe(true);
      expect(() => ajv.compile(schema), name).not.toThrow();
    }
  }
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

const checked = (files: Readonly<Record<string, string>>): string[] => {
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    noEmit: true,
    types: [],
    lib: ["lib.es2022.d.ts"],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
  };
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  const getSourceFile = host.getSourceFile.bind(host);
  host.readFile = (name) => files[path.basename(name)] ?? readFile(name);
  host.fileExists = (name) => Object.hasOwn(files, path.basename(name)) || fileExists(name);
  host.getSourceFile = (name, target, ...rest) => {
    const text = files[path.basename(name)];
    return text === undefined ? getSourceFile(name, target, ...rest) : ts.createSourceFile(name, text, target);
  };
  const program = ts.createProgram(
    Object.keys(files).map((name) => path.join(root, name)),
    options,
    host,
  );
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
};

test("the TypeScript compiles under strict, and types what a client sends and gets", () => {
  const client = `
    import type { ClientMethods, ClientRequest, ServerNotification } from "./index.ts";
    export const request: ClientRequest<"turn/start"> = {
      method: "turn/start", id: 1, params: { threadId: "t", input: [{ type: "text", text: "hi" }] },
    };
    export const title = (result: ClientMethods["thread/start"]["result"]): string => result.thread.name ?? "";
    export function text(message: ServerNotification): string {
      if (message.method === "item/agentMessage/delta") return message.params.delta;
      if (message.method !== "item/completed") return "";
      const { item } = message.params;
      return item.type === "agentMessage" ? item.text : item.type === "commandExecution" ? item.command : "";
    }`;
  for (const protocol of [everything, stable]) {
    expect(checked({ "index.ts": typescriptFile(protocol, "Made by a test."), "client.ts": client })).toEqual([]);
  }
  const wrong = `import type { ClientRequest } from "./index.ts";
    export const request: ClientRequest = { method: "turn/start", id: 1, params: { input: [] } };`;
  expect(checked({ "index.ts": typescriptFile(stable, "Made by a test."), "client.ts": wrong })).toHaveLength(1);
});
