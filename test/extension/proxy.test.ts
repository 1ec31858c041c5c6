import { expect, test } from "vitest";
import { withProxy } from "../../src/extension/proxy.ts";

const settings = { url: "http://proxy:3128", support: "override", noProxy: ["a.example", "b.example"] };

test("the server is given VS Code's proxy where the environment names none", () => {
  expect(withProxy({ PATH: "/bin", HTTP_PROXY: "" }, settings)).toEqual({
    PATH: "/bin",
    HTTPS_PROXY: "http://proxy:3128",
    HTTP_PROXY: "http://proxy:3128",
    NO_PROXY: "a.example,b.example",
  });
  expect(withProxy({ no_proxy: "c.example" }, settings)).toEqual({
    HTTPS_PROXY: "http://proxy:3128",
    HTTP_PROXY: "http://proxy:3128",
    no_proxy: "c.example",
  });
});

test.each(["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])(
  "an environment with %s stays as it is",
  (name) => {
    const env = { [name]: "http://own:1" };
    expect(withProxy(env, settings)).toBe(env);
  },
);

test("without a proxy in the settings, or with it switched off, nothing changes", () => {
  const env = {};
  expect(withProxy(env, { ...settings, url: "" })).toBe(env);
  expect(withProxy(env, { ...settings, support: "off" })).toBe(env);
});
