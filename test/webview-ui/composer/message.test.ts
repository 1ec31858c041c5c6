import { expect, test } from "vitest";
import { mentionsIn } from "../../../webview-ui/composer/message.ts";

test("only the skills that the text still names go along", () => {
  const skill = (name: string) => ({ name, path: `/repo/.agents/skills/${name}/SKILL.md` });
  const chosen = new Map(["review", "release"].map((name) => [name, skill(name)]));
  expect(mentionsIn("use $review and $other, not release", chosen)).toEqual([skill("review")]);
});
