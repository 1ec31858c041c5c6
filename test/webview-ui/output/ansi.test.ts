import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAnsi, stripAnsi } from "../../../webview-ui/output/ansi.ts";

const esc = "\u001b";
const plain = { color: null, isBold: false, isDim: false };

test("colours and weight become spans", () => {
  expect(parseAnsi(`a${esc}[31mb${esc}[1mc${esc}[0md`)).toEqual([
    { text: "a", style: plain },
    { text: "b", style: { ...plain, color: 1 } },
    { text: "c", style: { color: 1, isBold: true, isDim: false } },
    { text: "d", style: plain },
  ]);
});

test("bright and indexed colours map to the sixteen of the palette, others to the text colour", () => {
  const colors = parseAnsi(`${esc}[92ma${esc}[38;5;3mb${esc}[38;5;200mc${esc}[38;2;1;2;3md`).map(
    ({ style }) => style.color,
  );
  expect(colors).toEqual([10, 3]);
  expect(parseAnsi(`${esc}[48;5;1mx`)).toEqual([{ text: "x", style: plain }]);
});

test("cursor movement, titles and links leave no trace", () => {
  expect(
    stripAnsi(
      `${esc}[2K${esc}[1Ga${esc}]0;title\u0007b${esc}]8;;http://x${esc}\\c${esc}]8;;${esc}\\${esc}(Bd${esc}[?25l`,
    ),
  ).toBe("abcd");
});

test("a carriage return starts its line over", () => {
  expect(stripAnsi("10%\r50%\r100%\ndone\r\nx")).toBe("100%\ndone\nx");
});

test("an unfinished title hides at most its own line", () => {
  expect(stripAnsi(`a${esc}]0;never ends\nb`)).toBe("a\nb");
});

test("control characters are dropped", () => {
  expect(stripAnsi("a\u0000b\u0008c\u007fd\te")).toBe("abcd\te");
});

test("any bytes give spans that together are the text without sequences", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom(`${esc}[`, "31m", `${esc}]`, "\r", "\n", ";", `${esc}[0m`))),
      (parts) => {
        const text = parts.join("");
        for (const { text: piece } of parseAnsi(text)) expect(piece).not.toMatch(/[^\P{Cc}\n\t]/u);
      },
    ),
  );
});
