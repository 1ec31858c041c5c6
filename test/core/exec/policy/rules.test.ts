import { expect, test } from "vitest";
import { parseRules } from "../../../../src/core/exec/policy/rules/rules-file.ts";
import { RulesError } from "../../../../src/core/exec/policy/rules/starlark.ts";
import { judge, judgeArgv, parse } from "./judge.ts";

const rule = (pattern: string, more = ""): string =>
  `prefix_rule(pattern = ${pattern}${more === "" ? "" : `, ${more}`})`;
const allow = (...words: readonly string[]): string => rule(JSON.stringify(words), 'decision = "allow"');

test("a file as others write it is read: comments, both quotes, alternatives, trailing commas, examples", () => {
  const source = `
# Reviewed in spring.
prefix_rule(
    pattern = ["gh", ["pr", 'issue'], ["view", "list"]],
    decision = "allow",  # looks only
    justification = """Reading
is fine.""",
    match = ["gh pr view 7", ["gh", "issue", "list"], 'gh pr list --search "a b"'],
    not_match = ["gh pr merge", "gh"],
)
host_executable(name = "gh", paths = ["/usr/bin/gh", r'/opt/gh/bin/gh',])
prefix_rule(pattern = ["npm", "test"])
`;
  expect(parseRules(source, "my.rules", parse)).toEqual({
    rules: [
      {
        pattern: [["gh"], ["pr", "issue"], ["view", "list"]],
        decision: "allow",
        justification: "Reading\nis fine.",
        origin: "my.rules:3",
      },
      { pattern: [["npm"], ["test"]], decision: "allow", justification: null, origin: "my.rules:12" },
    ],
    executables: [{ name: "gh", paths: ["/usr/bin/gh", "/opt/gh/bin/gh"] }],
  });
});

test.each([
  ['prefix_rule(pattern = ["a"]', "1:28", /expected "," instead of the end/],
  ["prefix_rule()", "1:1", /needs a pattern/],
  ["prefix_rule(pattern = [])", "1:23", /needs a pattern/],
  ['prefix_rule(["a"])', "1:13", /every argument needs its name/],
  ['prefix_rule(pattern = ["a", []])', "1:29", /a word of a pattern is empty/],
  ['prefix_rule(pattern = ["a"], decision = "deny")', "1:41", /one of allow, prompt, forbidden/],
  ['prefix_rule(pattern = ["a"], decision = ["allow"])', "1:41", /expected a string/],
  ['prefix_rule(pattern = ["a"], justification = " ")', "1:46", /must say something/],
  ['prefix_rule(pattern = ["a"], patern = "b")', "1:39", /no argument patern/],
  ['prefix_rule(pattern = ["a"], pattern = ["b"])', "1:30", /given twice/],
  ['\n\n  suffix_rule(pattern = ["a"])', "3:3", /there is no suffix_rule/],
  ['x = "a"', "1:3", /expected "\("/],
  ["1 + 1", "1:1", /is not understood/],
  ['prefix_rule(pattern = ["a)', "1:24", /no closing/],
  ['prefix_rule(pattern = ["\\q"])', "1:25", /escape/],
  ['prefix_rule(pattern = ["a"], match = ["b"])', "1:39", /does not match its example "b"/],
  ['prefix_rule(pattern = ["a"], not_match = [["a", "b"]])', "1:43", /matches "a b", which it should not/],
  ['prefix_rule(pattern = ["a"], match = ["a; b"])', "1:39", /not one plain command/],
  ['host_executable(name = "git", paths = ["/tmp/got"])', "1:40", /ends in \/git/],
  ['host_executable(name = "/bin/git", paths = [])', "1:24", /a name without a path/],
  [`prefix_rule(pattern = ${"[".repeat(20)})`, "1:31", /nested too deeply/],
])("%j is refused at %s", (source, place, message) => {
  let found: unknown = null;
  try {
    parseRules(source, "my.rules", parse);
  } catch (error) {
    found = error;
  }
  expect(found).toBeInstanceOf(RulesError);
  expect(found).toMatchObject({ message });
  if (found instanceof RulesError) expect(`${found.position.line}:${found.position.column}`).toBe(place);
});

test("a rule allows what begins with its words, as they are, in every part of a script or not at all", () => {
  const rules = allow("npm", "test");
  expect(judge("npm test", rules)).toMatchObject({ verdict: "safe", rule: "rule.allow", isAllowedByRule: true });
  expect(judge("npm 'test' -- -t 'a b'", rules)).toMatchObject({ verdict: "safe" });
  expect(judge("cd web && npm test 2>&1 | tail -n 5", rules)).toMatchObject({ verdict: "safe", isAllowedByRule: true });
  for (const script of [
    "npm install",
    "npm testing",
    "npm test; touch a",
    "npm test > out",
    "npm test $(touch a)",
    'npm test "$A"',
    "A=b npm test",
    "npm test &",
    "bash -c 'npm test'",
    "./npm test",
    "env npm test",
  ]) {
    expect([script, judge(script, rules).verdict]).toEqual([script, "ask"]);
  }
});

test("of several rules the strictest holds, and it holds through what starts the command", () => {
  const rules = `${allow("npm")}
${rule('["npm", "publish"]', 'decision = "forbidden", justification = "Releases are made by the pipeline."')}
${rule('["npm", ["login", "logout"]]', 'decision = "prompt"')}`;
  expect(judge("npm ci", rules)).toMatchObject({ verdict: "safe" });
  expect(judge("npm login", rules)).toMatchObject({ verdict: "ask", rule: "rule.prompt", isRestricted: true });
  for (const script of [
    "npm publish",
    "ls; npm publish",
    "env npm publish",
    "/usr/local/bin/npm publish",
    "bash -c 'npm publish'",
    "echo $(npm publish)",
    "find . -exec npm publish \\;",
    "c=npm; $c publish",
  ]) {
    expect(judge(script, rules)).toMatchObject({ isForbidden: true, reason: /Releases are made by the pipeline/ });
  }
});

test("a rule allows a danger only in its own words", () => {
  expect(judge("rm -rf dist", allow("rm", "-rf"))).toMatchObject({ verdict: "safe" });
  expect(judge("rm -rf dist && ls", allow("rm", "-rf"))).toMatchObject({ verdict: "safe" });
  expect(judge("rm -rf /", allow("rm", "-rf"))).toMatchObject({ verdict: "danger" });
  expect(judge("rm -rf dist", allow("rm"))).toMatchObject({ verdict: "danger" });
  expect(judge("bash -c 'rm -rf dist'", allow("bash"))).toMatchObject({ verdict: "danger" });
  expect(judge("git reset --hard", allow("git"))).toMatchObject({ verdict: "danger" });
  expect(judge("rm -rf a; bash -c 'rm -rf b'", allow("rm", "-rf"))).toMatchObject({ verdict: "danger" });
  expect(judge("curl a | sudo bash", `${allow("curl")}\n${allow("sudo", "bash")}`)).toMatchObject({
    verdict: "danger",
  });
});

test("a path stands for a name only where the name may lie", () => {
  const rules = `${allow("gh", "pr")}\nhost_executable(name = "gh", paths = ["/usr/bin/gh"])`;
  expect(judge("/usr/bin/gh pr view", rules)).toMatchObject({ verdict: "safe" });
  expect(judge("/tmp/gh pr view", rules)).toMatchObject({ verdict: "ask" });
  expect(judgeArgv(["/usr/bin/gh", "pr", "view"], rules)).toMatchObject({ verdict: "safe" });
});
