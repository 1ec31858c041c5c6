import axe from "axe-core";
import type { Page } from "playwright-core";

/** Violations of WCAG 2 A and AA and of axe's best practices, as `rule: element`. */
export async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: runner } = window as unknown as { axe: typeof axe };
    const { violations } = await runner.run(document, {
      resultTypes: ["violations"],
      runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(
        ({ target, failureSummary }) =>
          `${id}: ${target.join(" ")}: ${failureSummary?.split("\n").slice(1, 2).join("").trim() ?? ""}`,
      ),
    );
  });
}
