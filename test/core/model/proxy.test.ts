import { expect, test } from "vitest";
import { proxySettings } from "../../../src/core/model/proxy.ts";

const own = "localhost,127.0.0.1,::1";

test("a proxy for http alone serves https too; one for https alone does not serve http", () => {
  expect(proxySettings({ HTTP_PROXY: "proxy:3128" })).toEqual({
    httpProxy: "http://proxy:3128",
    httpsProxy: "http://proxy:3128",
    noProxy: own,
  });
  expect(proxySettings({ https_proxy: "http://secure:1", NO_PROXY: "a.example" })).toEqual({
    httpProxy: "",
    httpsProxy: "http://secure:1",
    noProxy: `a.example,${own}`,
  });
});

test("lower case goes first, an empty variable is none, and without any there is no proxy", () => {
  expect(proxySettings({ http_proxy: "http://low:1", HTTP_PROXY: "http://up:1" })?.httpProxy).toBe("http://low:1");
  expect(proxySettings({ HTTPS_PROXY: " ", ALL_PROXY: "" })).toBeNull();
});
