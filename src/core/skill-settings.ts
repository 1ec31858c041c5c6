import type { SkillRule } from "./prompt/skills.ts";

/** One skill by the path of its SKILL.md, or all of a name. */
export type SkillSelector = { readonly path: string } | { readonly name: string };

const fits = (rule: SkillRule, selector: SkillSelector): boolean =>
  "path" in selector ? rule.path === selector.path : rule.name === selector.name;

/** Whether the rules leave on what was selected; the last one that names it says so. */
export const isTurnedOn = (rules: readonly SkillRule[], selector: SkillSelector): boolean =>
  rules.findLast((rule) => fits(rule, selector))?.enabled ?? true;

/**
 * The rules with one skill, or all of a name, turned on or off. Skills are on by themselves, so what is turned on needs no rule, unless one by name
 * could still turn it off.
 */
export function withSkill(
  rules: readonly SkillRule[],
  selector: SkillSelector,
  enabled: boolean,
): readonly SkillRule[] {
  const others = rules.filter((rule) => !fits(rule, selector));
  const isOnAnyway = !("path" in selector) || others.every((rule) => rule.enabled || rule.name === undefined);
  return enabled && isOnAnyway ? others : [...others, { ...selector, enabled }];
}

/** The rules as they are now; while the configuration cannot be read, as they were last. Does not reject. */
export function rememberedRules(read: () => Promise<readonly SkillRule[]>): () => Promise<readonly SkillRule[]> {
  let last: readonly SkillRule[] = [];
  return async () => (last = await read().catch(() => last));
}
