import { expect, test } from "vitest";
import { unknownKeyWarnings } from "../../../src/core/config/unknown-keys.ts";

test.each([
  [{ modle: "x" }, "f: unknown key modle has no effect. Did you mean model?"],
  [
    { sandbox_workspace_write: { netwrok_access: true } },
    "f: unknown key sandbox_workspace_write.netwrok_access has no effect. Did you mean network_access?",
  ],
  [
    { model_providers: { mine: { baseurl: "x" } } },
    "f: unknown key model_providers.mine.baseurl has no effect. Did you mean base_url?",
  ],
  [
    { profiles: { p: { aproval_policy: "x" } } },
    "f: unknown key profiles.p.aproval_policy has no effect. Did you mean approval_policy?",
  ],
  [{ quux: 1 }, "f: unknown key quux has no effect."],
  [{ ["x".repeat(100_000)]: 1 }, `f: unknown key ${"x".repeat(100_000)} has no effect.`],
])("%#", (layer, warning) => {
  expect(unknownKeyWarnings(layer, "f")).toEqual([warning]);
});

test("what is known, here or to other readers of the file, gives no warning", () => {
  expect(
    unknownKeyWarnings(
      {
        model: "x",
        tui: { theme: "dark" },
        notice: {},
        features: { web: true },
        mcp_servers: { docs: { command: "npx", args: [] } },
        tools: { web_search: { context_size: "low" } },
        projects: { "/repo": { trust_level: "trusted" } },
        profiles: { p: { model: "y", personality: "plain" } },
      },
      "f",
    ),
  ).toEqual([]);
});
