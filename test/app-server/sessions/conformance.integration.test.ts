import { Ajv, type ValidateFunction } from "ajv";
import { beforeAll, expect, test } from "vitest";
import { clientMethods, serverMethods } from "../../../src/protocol/methods.ts";
import { publishedProtocol } from "../../../src/protocol/published/definitions.ts";
import { schemaFiles } from "../../../src/protocol/published/schema-files.ts";
import { builtCli, type Travelled } from "../../helpers/cli.ts";
import { scenes } from "../../helpers/sessions/scenes.ts";
import { openStage } from "../../helpers/sessions/stage.ts";
import { sessionErrors } from "../../helpers/wire-session.ts";

const sessions = new Map<string, readonly Travelled[]>();
beforeAll(async () => {
  const cli = await builtCli();
  for (const scene of scenes) {
    await using stage = await openStage({ cli, answers: scene.answers });
    await scene.play(stage);
    stage.assertExhausted();
    sessions.set(scene.name, [...stage.session]);
  }
});

/** Methods that were answered, by who asked and with what. */
const answered = (
  session: readonly Travelled[],
  asker: Travelled["direction"],
  kind: "result" | "error" = "result",
): string[] => {
  const asked = new Map<unknown, string>();
  return session.flatMap(({ direction, message }) => {
    const { id, method } = message;
    if (direction === asker && typeof method === "string") asked.set(id, method);
    const name = direction === asker || method !== undefined || !(kind in message) ? undefined : asked.get(id);
    return name === undefined ? [] : [name];
  });
};
const missing = (table: object, asker: Travelled["direction"], kind?: "result" | "error"): string[] => {
  const seen = new Set([...sessions.values()].flatMap((session) => answered(session, asker, kind)));
  return Object.keys(table).filter((method) => !seen.has(method));
};

/** Methods that do not succeed here: there is no issuer (oauth.integration.test.ts has one), and never a terminal. */
const refusedHere = { "account/gatewayOAuth/login": true, "command/exec/resize": true };

test("every method is called in a recorded session and gets a result; a new one is added to test/helpers/sessions/every-method.ts", () => {
  expect(missing(clientMethods, "in").toSorted()).toEqual(Object.keys(refusedHere));
  expect(missing(refusedHere, "in", "error")).toEqual([]);
});

test("every request of the server is asked in a recorded session and gets a result", () => {
  expect(missing(serverMethods, "out")).toEqual([]);
});

test("every message is valid against the schemas that we publish, both ways", () => {
  const protocol = publishedProtocol({ experimental: true });
  const ajv = new Ajv({ strict: true, allowUnionTypes: true });
  const validators = new Map<string, ValidateFunction>();
  for (const [file, schema] of schemaFiles(protocol)) {
    ajv.addSchema(schema, file);
  }
  const validator = (ref: string): ValidateFunction => {
    const known = validators.get(ref) ?? ajv.compile({ $ref: ref });
    validators.set(ref, known);
    return known;
  };
  const results = new Map(
    [...protocol.clientMethods, ...protocol.serverMethods].map(({ method, result }) => [method, result]),
  );
  const errors = new Set<string>();
  const check = (what: string, ref: string, value: unknown): void => {
    const validate = validator(ref);
    if (!validate(value)) errors.add(`${what}: ${ajv.errorsText(validate.errors)}`);
  };
  for (const session of sessions.values()) {
    const asked = { in: new Map<unknown, string>(), out: new Map<unknown, string>() };
    for (const { direction, message } of session) {
      const { id, method } = message;
      const asker = direction === "in" ? "Client" : "Server";
      const name = asked[direction === "in" ? "out" : "in"].get(id);
      check("any", "JSONRPCMessage.json", message);
      if (typeof method === "string") {
        if (id !== undefined) asked[direction].set(id, method);
        if (!results.has(method) && id !== undefined) continue; // asked for to see it refused
        check(method, `${asker}${id === undefined ? "Notification" : "Request"}.json`, message);
      } else if ("result" in message && name !== undefined) {
        const definition = results.get(name) ?? "";
        check(
          `result of ${name}`,
          `turnwright_app_server_protocol.schemas.json#/definitions/${definition}`,
          message["result"],
        );
      } else check("error", "JSONRPCError.json", message);
    }
  }
  expect([...errors]).toEqual([]);
});

/** What the published schema does not have: our own methods, those it leaves out, one that does not exist, and plan mode without settings. */
const ours =
  /(?:editor\/applyEdit|turnwright\/[\w/]+|getAuthStatus|gitDiffToRemote|thread\/bogus): not in the schema$|^in turn\/start: \/collaborationMode /u;

test("every message is valid against the published schema of the protocol, both ways", () => {
  const errors = [...sessions.values()].flatMap((session) => sessionErrors(session) ?? []);
  expect([...new Set(errors)].filter((error) => !ours.test(error))).toEqual([]);
});
