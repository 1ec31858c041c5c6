import fs from "node:fs/promises";
import path from "node:path";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { runCli, temporaryHome } from "../helpers/cli.ts";

const definitionsIn = async (file: string): Promise<Readonly<Record<string, unknown>>> => {
  const schema = JSON.parse(await fs.readFile(file, "utf8")) as { definitions: Record<string, unknown> };
  return schema.definitions;
};

test("generate-json-schema writes a file for each kind of message and one with everything, into a folder that it makes", async () => {
  const folder = path.join(await temporaryHome(), "new", "schema");
  const { code, stdout, stderr } = await runCli(["app-server", "generate-json-schema", "--out", folder]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const files = await fs.readdir(folder);
  expect(stdout.trim().split("\n").toSorted()).toEqual(files.map((name) => path.join(folder, name)).toSorted());
  expect(files.toSorted()).toEqual([
    "ClientNotification.json",
    "ClientRequest.json",
    "JSONRPCError.json",
    "JSONRPCErrorError.json",
    "JSONRPCMessage.json",
    "JSONRPCNotification.json",
    "JSONRPCRequest.json",
    "JSONRPCResponse.json",
    "RequestId.json",
    "ServerNotification.json",
    "ServerRequest.json",
    "turnwright_app_server_protocol.schemas.json",
  ]);
  const schema = JSON.parse(await fs.readFile(path.join(folder, "ClientRequest.json"), "utf8")) as object;
  const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
  expect(validate({ method: "turn/start", id: 1, params: { threadId: "t", input: [] } })).toBe(true);
  expect(validate({ method: "turn/start", id: 1, params: { threadId: "t" } })).toBe(false);
  expect(await definitionsIn(path.join(folder, "turnwright_app_server_protocol.schemas.json"))).toHaveProperty(
    "ThreadStartResponse",
  );
});

test("what is experimental comes with --experimental, and an earlier file is replaced", async () => {
  const folder = await temporaryHome();
  const bundle = path.join(folder, "turnwright_app_server_protocol.schemas.json");
  await runCli(["app-server", "generate-json-schema", "--out", folder]);
  expect(await definitionsIn(bundle)).not.toHaveProperty("CollaborationMode");
  await runCli(["app-server", "generate-json-schema", "--experimental", "--out", folder]);
  expect(await definitionsIn(bundle)).toHaveProperty("CollaborationMode");
  expect((await fs.readdir(folder)).filter((name) => name.startsWith("."))).toEqual([]);
});

test("generate-ts writes one file", async () => {
  const folder = await temporaryHome();
  expect(await runCli(["app-server", "generate-ts", "--out", folder])).toEqual({
    code: 0,
    stdout: `${path.join(folder, "index.ts")}\n`,
    stderr: "",
  });
  const text = await fs.readFile(path.join(folder, "index.ts"), "utf8");
  expect(text).toContain("export interface ClientMethods {");
  expect(text).toContain("/** The first words of the user; empty before the first turn. */\n  preview: string;");
});

test.each([
  [["generate-ts"], "--out DIR is missing"],
  [["generate-json-schema", "--out"], "--out"],
  [["generate-ts", "--out", "x", "--bogus"], "--bogus"],
  [["generate-bogus"], 'there is no command app-server "generate-bogus"'],
])("misuse is said with status 2: %j", async (args, reason) => {
  const { code, stdout, stderr } = await runCli(["app-server", ...args]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(reason);
});

test("a folder that cannot be written is said with status 1, and nothing is left half-way", async () => {
  const folder = await temporaryHome();
  const file = path.join(folder, "config.toml");
  const { code, stderr } = await runCli(["app-server", "generate-ts", "--out", file]);
  expect(code).toBe(1);
  expect(stderr).toContain(`cannot write into ${file}: `);
  expect(await fs.readdir(folder)).toEqual(["config.toml"]);
});
