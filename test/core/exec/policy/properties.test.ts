import fc from "fast-check";
import { expect, test } from "vitest";
import { judge, judgeArgv, severity } from "./judge.ts";

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const argv = fc.constantFrom(
  ["rm", "-rf", "x"],
  ["rm", "-r", "-f", "a b"],
  ["git", "reset", "--hard"],
  ["chmod", "u+s", "x"],
  ["kill", "-9", "-1"],
  ["shred", "-u", "x"],
  ["docker", "system", "prune", "-af"],
  ["touch", "pwned"],
  ["rg", "--pre", "sh", "x"],
  ["cat", "../x"],
  ["sort", "-o", "a", "b"],
  ["ls", "-la"],
);

/** One way to write each of the words so that the shell reads the same. */
const spelling = fc.array(fc.constantFrom("bare", "single", "double", "split", "escaped"), {
  minLength: 5,
  maxLength: 5,
});
function spell(words: readonly string[], ways: readonly string[]): string {
  return words
    .map((word, index) => {
      const way = ways[index % ways.length];
      if (way === "double") return `"${word}"`;
      if (way === "split") return `${quoted(word.slice(0, 1))}"${word.slice(1)}"`;
      if (way === "escaped") return word.replace(/[^\w]/g, "\\$&");
      return way === "bare" && !word.includes(" ") ? word : quoted(word);
    })
    .join(" ");
}

/** Scripts that run another one. Line ends, since a script may end in `&` or a here-document. */
const wrappings: readonly ((script: string) => string)[] = [
  (script) => `( ${script}\n)`,
  (script) => `{ ${script}\n}`,
  (script) => `echo $( ${script}\n)`,
  (script) => `echo "$( ${script}\n)"`,
  (script) => `cat <( ${script}\n)`,
  (script) => `if ${script}\nthen ls; fi`,
  (script) => `while ls; do ${script}\ndone`,
  (script) => `f() { ${script}\n}; f`,
  (script) => `{ ${script}\n} &`,
  (script) => `bash -c ${quoted(script)}`,
  (script) => `sudo sh -c ${quoted(script)}`,
  (script) => `eval ${quoted(script)}`,
  (script) => `bash <<< ${quoted(script)}`,
  (script) => `bash <<'E${script.length}'\n${script}\nE${script.length}`,
  (script) => `echo ${quoted(script)} | sh`,
  (script) => `c=${quoted(script)}; eval "$c"`,
  (script) => `env A=b bash -c ${quoted(script)}`,
  (script) => `timeout 5 nohup zsh -lc ${quoted(script)}`,
];
const joints = ["; ", " && ", " || ", " | ", "\n", " & "];

test("however words are quoted, the verdict is never looser than on the words themselves", () => {
  fc.assert(
    fc.property(argv, spelling, (words, ways) => {
      const bare = judgeArgv(words);
      const written = severity(spell(words, ways));
      expect(written).toBeGreaterThanOrEqual(["safe", "ask", "danger"].indexOf(bare.verdict));
    }),
    { numRuns: 300 },
  );
});

test("whatever runs a script, even layer upon layer, its danger stays danger and a question stays a question", () => {
  fc.assert(
    fc.property(argv, fc.array(fc.constantFrom(...wrappings), { minLength: 1, maxLength: 3 }), (words, layers) => {
      const script = spell(words, ["single"]);
      const wrapped = layers.reduce((inner, wrap) => wrap(inner), script);
      // What runs something is not known to only look, whatever it runs.
      expect(severity(wrapped)).toBeGreaterThanOrEqual(Math.max(1, severity(script)));
    }),
    { numRuns: 500 },
  );
});

test("joined to others a command is judged no looser, on either side", () => {
  const other = fc.constantFrom("ls", "cat a", "echo 'a; b'", "true");
  fc.assert(
    fc.property(
      argv,
      spelling,
      other,
      fc.constantFrom(...joints),
      fc.boolean(),
      (words, ways, more, joint, isFirst) => {
        const script = spell(words, ways);
        const joined = isFirst ? `${script}${joint}${more}` : `${more}${joint}${script}`;
        expect(severity(joined)).toBeGreaterThanOrEqual(severity(script));
      },
    ),
    { numRuns: 300 },
  );
});

test("every text gets a verdict that names its rule, and one that a shell would run as something else is not safe", () => {
  const alphabet = Array.from("abrmls -/.'\"$`\\(){}[]<>&|;#*?~=!\n\r\t\u00a0\u2028\u0000é");
  const text = fc.array(fc.constantFrom(...alphabet), { maxLength: 40 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, (script) => {
      const { verdict, rule, reason } = judge(script);
      expect(rule).toMatch(/^(?:safe|ask|danger)\.[a-z0-9-]+$/);
      expect(reason).toMatch(/\.$/);
      if (verdict !== "safe") return;
      // Outside of quotes nothing stands that a shell would expand, and the words begin with a known name.
      const unquoted = script.replace(/\\.|'[^']*'|"[^"]*"/gs, "");
      expect(unquoted).not.toMatch(/[$`(){}<*?~[\]#\r\0]/);
    }),
    { numRuns: 2000 },
  );
});
