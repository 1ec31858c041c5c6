import { Ajv } from "ajv";
import { expect, test } from "vitest";
import type * as z from "zod";
import {
  clientMethods,
  serverMethods,
  serverNotifications,
  type MethodEntry,
  type MethodTable,
} from "../../src/protocol/methods.ts";
import { publishedProtocol } from "../../src/protocol/published/definitions.ts";
import { samples } from "../helpers/json-samples.ts";
import { referenceResults, referenceTable } from "../helpers/reference.ts";

interface Difference {
  readonly method: string;
  readonly sample: unknown;
  readonly says: string;
}
/** A difference that is meant: what it looks like, and why it is so. */
interface Meant {
  readonly looks: RegExp;
  readonly reason: string;
}

const line = ({ method, sample, says }: Difference): string => `${method} ${JSON.stringify(sample)}: ${says}`;
const unmeant = (found: readonly Difference[], meant: readonly Meant[]): string[] => [
  ...new Set(found.map(line).filter((text) => !meant.some(({ looks }) => looks.test(text)))),
];
/** One that no difference looks like any more has to go. */
const outdated = (found: readonly Difference[], meant: readonly Meant[]): RegExp[] =>
  meant.map(({ looks }) => looks).filter((looks) => !found.some((difference) => looks.test(line(difference))));

const words = ({ issues: [issue] }: z.ZodError): string => `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`;

const refusedByUs: readonly Meant[] = [
  { looks: /^(?:turn|thread\/queue)\/\w+ .*"type":"(?:audio|localAudio)"/u, reason: "nothing here listens" },
  {
    looks: /^(?:turn|thread\/queue)\/\w+ .*"fileId"/u,
    reason: "a file of a vendor's cloud; images are sent as they are",
  },
  { looks: /^thread\/items\/list .*"cursor":\{/u, reason: "pages begin where a page ended, not at an item" },
];

/** No value at all: for methods that the published schema does not have. */
const nothing = { enum: [] };

test("whatever the published schema lets a client send, our params accept", () => {
  const reference = referenceTable("experimental.ClientRequest");
  if (reference === null) return;
  const table: MethodTable = clientMethods;
  const found = Object.entries(table).flatMap(([method, { params }]) =>
    samples(reference.schemas.get(method) ?? nothing, reference.definitions).flatMap((sample) => {
      const parsed = params.safeParse(sample);
      return parsed.success ? [] : [{ method, sample, says: words(parsed.error) }];
    }),
  );
  expect(unmeant(found, refusedByUs)).toEqual([]);
  expect(outdated(found, refusedByUs)).toEqual([]);
});

const refusedByThem: readonly Meant[] = [
  { looks: /:null.* must be (?:boolean|string|integer)/u, reason: "null is as good as absent here" },
  {
    looks: /^(?:turn\/start|thread\/settings\/update) .*"collaborationMode":\{"mode":"\w+"\}/u,
    reason: "the settings of the thread hold",
  },
  { looks: /^[\w/]+ \{\}: data must be null/u, reason: "no params and empty params are the same here" },
  { looks: /^account\/login\/start \{"type":"(?!apiKey)/u, reason: "refused with advice, whatever else it has" },
];

test("what our params say a client may send, the published schema accepts", () => {
  const reference = referenceTable("experimental.ClientRequest");
  if (reference === null) return;
  const { clientMethods: methods, definitions } = publishedProtocol({ experimental: true });
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const found = methods.flatMap(({ method, params }) => {
    const theirs = reference.schemas.get(method);
    if (theirs === undefined) return [];
    const validate = ajv.compile({ ...theirs, definitions: reference.definitions });
    return samples({ $ref: `#/definitions/${params}` }, definitions).flatMap((sample) =>
      validate(sample) ? [] : [{ method, sample, says: ajv.errorsText(validate.errors) }],
    );
  });
  expect(unmeant(found, refusedByThem)).toEqual([]);
  expect(outdated(found, refusedByThem)).toEqual([]);
});

/** Their params are published, their results are not. */
const withoutResult = /^(?:initialize|fuzzyFileSearch(?:\/\w+)?)$/u;

test("the published schema of each result is found", () => {
  const requests = referenceTable("experimental.ClientRequest");
  const results = referenceResults();
  if (requests === null || results === null) return;
  const shared = Object.keys(clientMethods).filter((method) => requests.schemas.has(method));
  const missing = shared.filter((method) => !results.schemas.has(method));
  expect(missing.filter((method) => !withoutResult.test(method))).toEqual([]);
});

const misread: readonly Meant[] = [
  {
    looks: /(?:content|input)\.\d+\.(?:url|type): /u,
    reason: "what was said aloud, or kept in a vendor's cloud, is of no use here",
  },
  { looks: /^modelProvider\/list .*settings\.type: /u, reason: "providers that are another vendor's cloud" },
  { looks: /^account\/login\/start .*type: /u, reason: "asked for with an API key only" },
];

test("whatever a published server may tell, ask or answer, our clients understand; and its clients' answers, our server", () => {
  const notifications = referenceTable("experimental.ServerNotification");
  const requests = referenceTable("experimental.ServerRequest");
  const results = referenceResults();
  if (notifications === null || requests === null || results === null) return;
  const methods: MethodTable = { ...clientMethods, ...serverMethods };
  const readings = [
    { theirs: notifications, ours: Object.entries<z.ZodType>(serverNotifications) },
    {
      theirs: requests,
      ours: Object.entries<MethodEntry>(serverMethods).map(([method, { params }]) => [method, params] as const),
    },
    { theirs: results, ours: Object.entries(methods).map(([method, { result }]) => [method, result] as const) },
  ];
  const found = readings.flatMap(({ theirs, ours }) =>
    ours.flatMap(([method, schema]) =>
      samples(theirs.schemas.get(method) ?? nothing, theirs.definitions).flatMap((sample) => {
        const parsed = schema.safeParse(sample);
        return parsed.success ? [] : [{ method, sample, says: words(parsed.error) }];
      }),
    ),
  );
  expect(unmeant(found, misread)).toEqual([]);
  expect(outdated(found, misread)).toEqual([]);
});
