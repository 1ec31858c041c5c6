import path from "node:path";
import type { ConfigWriteRequest } from "../../core/config/write.ts";
import type { configMethods } from "../../protocol/config.ts";
import { invalidRequest } from "../../protocol/errors.ts";
import type { ClientMethods, ResultIn } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { forUser } from "../thread-errors.ts";

export const configHandlers = (context: HandlerContext): Pick<Handlers<ClientMethods>, keyof typeof configMethods> => {
  const { options } = context;

  const write = async (request: ConfigWriteRequest): Promise<ResultIn<ClientMethods, "config/batchWrite">> => {
    const outcome = await options.writeConfig(request);
    // Clients tell the reasons apart by this member.
    if (outcome.kind === "refused") throw invalidRequest(outcome.message, { config_write_error_code: outcome.code });
    const { version, filePath, overridden, warnings } = outcome;
    const { connection } = context;
    connection.afterAnswer(() => {
      for (const summary of warnings) connection.notify("configWarning", { summary, details: null });
    });
    const status = overridden === null ? "ok" : "okOverridden";
    if (overridden === null) return { status, version, filePath, overriddenMetadata: null };
    const overridingLayer = { ...overridden.overridingLayer };
    return { status, version, filePath, overriddenMetadata: { ...overridden, overridingLayer } };
  };

  return {
    "config/read": async ({ includeLayers, cwd }) => {
      const read = { includeLayers: includeLayers ?? false, cwd: typeof cwd === "string" ? path.resolve(cwd) : null };
      const { config, origins, layers } = await forUser(() => options.readConfig(read));
      return {
        config,
        origins: Object.fromEntries(Object.entries(origins).map(([key, origin]) => [key, { ...origin }])),
        layers: layers?.map((layer) => ({ ...layer })) ?? null,
      };
    },

    "config/value/write": ({ keyPath, value, mergeStrategy, filePath, expectedVersion }) =>
      write({
        edits: [{ keyPath, value, mergeStrategy }],
        filePath: filePath ?? null,
        expectedVersion: expectedVersion ?? null,
      }),

    "config/batchWrite": ({ edits, filePath, expectedVersion }) =>
      write({ edits, filePath: filePath ?? null, expectedVersion: expectedVersion ?? null }),

    "configRequirements/read": async () => ({ supportsIndependentSpeedModes: false, requirements: null }),
  };
};
