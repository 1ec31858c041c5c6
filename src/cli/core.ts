import { version } from "../app-server/version.ts";
import type { Core } from "../core/create-core.ts";
import { systemConfigPath } from "../protocol/config-places.ts";
import { createDemoServer } from "./demo.ts";

/** Composes core when it is first asked for, once. */
export function loadCore(options: {
  readonly home: string;
  readonly overrides: readonly string[];
}): () => Promise<Core> {
  let loaded: Promise<Core> | null = null;
  const load = async (): Promise<Core> => {
    const { createCore } = await import("../core/create-core.ts");
    const { env, platform } = process;
    const systemConfig = systemConfigPath(platform);
    return createCore({ ...options, systemConfig, version, env, platform, hasUser: true, demo: createDemoServer() });
  };
  return () => (loaded ??= load());
}
