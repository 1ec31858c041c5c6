import path from "node:path";
import { Ajv } from "ajv";
import ts from "typescript";
import { expect, test } from "vitest";
import { publishedProtocol } from "../../src/protocol/published/definitions.ts";
import { schemaFiles } from "../../src/protocol/published/schema-files.ts";
import { typescriptFile } from "../../src/protocol/published/typescript.ts";

const root = path.resolve(import.meta.dirname, "../..");
const everything = publishedProtocol({ experimental: true });
const stable = publishedProtocol({ experimental: false });

test("the JSON Schemas compile on their own and as one", () => {
  for (const protocol of [everything, stable]) {
    for (const [name, schema] of schemaFiles(protocol)) {
      const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });
      expect(ajv.validateSchema(schema), name).toBe(true);
      expect(() => ajv.compile(schema), name).not.toThrow();
    }
  }
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
