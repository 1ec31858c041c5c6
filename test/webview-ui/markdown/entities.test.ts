import { expect, test } from "vitest";
import { decodeEntities } from "../../../webview-ui/markdown/entities.ts";

test("character references become characters", () => {
  expect(decodeEntities("a &lt; b &amp;&amp; c &#39;d&#x27; &nbsp;")).toBe("a < b && c 'd' \u00a0");
});

test("what is no reference stays", () => {
  expect(decodeEntities("a & b &unknown; &;")).toBe("a & b &unknown; &;");
});

test("a number that is no character becomes the replacement character", () => {
  expect(decodeEntities("&#0;&#x110000;")).toBe("\ufffd\ufffd");
});

test("references are decoded once", () => {
  expect(decodeEntities("&amp;lt;")).toBe("&lt;");
});
