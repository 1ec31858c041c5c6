import { expect, test } from "vitest";
import { isTurnedOn, rememberedRules, withSkill } from "../../src/core/skill-settings.ts";

const file = "/repo/.agents/skills/review/SKILL.md";

test("turning off adds one rule, and turning on takes it away", () => {
  const off = withSkill([], { path: file }, false);
  expect(off).toEqual([{ path: file, enabled: false }]);
  expect(withSkill(off, { path: file }, false)).toEqual(off);
  expect(withSkill(off, { path: file }, true)).toEqual([]);
});

test("one of a name that is off can be turned on", () => {
  const rules = withSkill([{ name: "review", enabled: false }], { path: file }, true);
  expect(rules).toEqual([
    { name: "review", enabled: false },
    { path: file, enabled: true },
  ]);
  expect(isTurnedOn(rules, { path: file })).toBe(true);
  expect(isTurnedOn(rules, { name: "review" })).toBe(false);
});

test("while the configuration cannot be read, the rules are what they were", async () => {
  let read = async () => [{ name: "review", enabled: false }];
  const rules = rememberedRules(() => read());
  expect(await rules()).toHaveLength(1);
  read = () => Promise.reject(new Error("broken"));
  expect(await rules()).toHaveLength(1);
});
