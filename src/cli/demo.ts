import type { DemoServer } from "../core/models.ts";

/** The demo model's server, started in this process when the demo provider first needs its address. */
export function createDemoServer(): DemoServer {
  let token: string | null = null;
  const secret = (): string =>
    (token ??= Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url"));
  let started: Promise<string> | null = null;
  const start = async (): Promise<string> => {
    const { startDemoModel } = await import("../demo/demo-model.ts");
    return (await startDemoModel({ token: secret() })).url;
  };
  return {
    get token() {
      return secret();
    },
    baseUrl: () =>
      (started ??= start().catch((error: unknown) => {
        started = null; // the next request tries again
        throw error;
      })),
  };
}
