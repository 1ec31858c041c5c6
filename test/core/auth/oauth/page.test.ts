import { expect, test } from "vitest";
import { failedPage, htmlOf } from "../../../../src/core/auth/oauth/page.ts";

test("what an issuer or a configuration says cannot become markup", () => {
  const html = htmlOf(failedPage(`<script>alert("&")</script>`));
  expect(html).toContain("&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;");
  expect(html).not.toContain("<script");
});
