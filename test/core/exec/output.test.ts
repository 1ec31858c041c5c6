import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createByteWindow } from "../../../src/core/exec/byte-window.ts";
import { createOutput } from "../../../src/core/exec/output.ts";

const sink = () => createOutput({ file: null, onDrain: () => undefined });

describe("a byte window", () => {
  test("keeps head and tail of any stream, whatever the chunks", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), (chunks) => {
        const window = createByteWindow(16, 24);
        for (const chunk of chunks) window.push(chunk);
        const whole = Buffer.concat(chunks);
        expect(window.total).toBe(whole.length);
        expect(window.slice(0, window.headEnd)).toEqual(whole.subarray(0, 16));
        expect(window.slice(window.tailStart, window.total)).toEqual(whole.subarray(window.tailStart));
        expect(window.isWhole).toBe(whole.length <= 40);
        if (window.isWhole) expect(window.slice(0, window.total)).toEqual(whole);
      }),
    );
  });
});

describe("the output of a process", () => {
  test("never splits a character between two chunks", async () => {
    const { output, write, end } = sink();
    const heard: string[] = [];
    output.onText((text) => heard.push(text));
    for (const byte of Buffer.from("é€😀z")) write(Buffer.of(byte));
    await end();
    expect(heard.join("")).toBe("é€😀z");
    for (const text of heard) expect(text).not.toContain("\ufffd");
  });

  test("turns invalid UTF-8 into U+FFFD", async () => {
    const { output, write, end } = sink();
    const heard: string[] = [];
    output.onText((text) => heard.push(text));
    write(Buffer.of(0x61, 0xff, 0x62, 0xe2, 0x82));
    await end();
    expect(heard.join("")).toBe("a\ufffdb\ufffd");
    expect(output.snapshot(100).text).toBe("a\ufffdb\ufffd");
  });

  test("calls its listeners once per 8 kB, not once per write", async () => {
    const { output, write, end } = sink();
    let calls = 0;
    let length = 0;
    output.onText((text) => {
      calls += 1;
      length += text.length;
    });
    for (let i = 0; i < 8192 * 4; i += 1) write(Buffer.from("x"));
    await end();
    expect(length).toBe(8192 * 4);
    // 4 full ones; the 16 ms timer cannot fire within this loop, but the clock may pass it a few times on a busy machine.
    expect(calls).toBeLessThan(100);
  });

  test("does not call a listener that was taken off", async () => {
    const { output, write, end } = sink();
    let calls = 0;
    output.onText(() => (calls += 1))();
    write(Buffer.from("x"));
    await end();
    expect(calls).toBe(0);
  });

  test("gives head and tail with a line that says how much is missing", () => {
    const { output, write } = sink();
    const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}\n`).join("");
    write(Buffer.from(lines));
    const { text, omittedBytes, totalLines } = output.snapshot(300);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(300);
    expect(text.startsWith("line 0\nline 1\n")).toBe(true);
    expect(text.endsWith("line 998\nline 999\n")).toBe(true);
    expect(text).toContain(`[... ${omittedBytes} bytes left out ...]`);
    expect(totalLines).toBe(1000);
  });

  test("gives nothing twice and holds back a character that is still arriving", async () => {
    const { output, write, end } = sink();
    write(Buffer.from("one\n"));
    expect(output.takeNew(100)).toEqual({ text: "one\n", omittedBytes: 0, bytes: 4, totalLines: 1 });
    write(Buffer.of(0x74, 0xe2, 0x82));
    expect(output.takeNew(100)).toEqual({ text: "t", omittedBytes: 0, bytes: 1, totalLines: 1 });
    expect(output.takeNew(100)).toEqual({ text: "", omittedBytes: 0, bytes: 0, totalLines: 0 });
    write(Buffer.of(0xac));
    expect(output.takeNew(100).text).toBe("€");
    write(Buffer.of(0xe2));
    await end();
    expect(output.takeNew(100).text).toBe("\ufffd");
  });

  test("takes the new tail when the beginning of what is new has left the memory", () => {
    const { output, write } = sink();
    const mebibyte = Buffer.alloc(1024 * 1024, "a");
    write(mebibyte);
    output.takeNew(1024);
    write(mebibyte);
    write(Buffer.from("the end"));
    const { text, omittedBytes, bytes } = output.takeNew(1024);
    expect(bytes).toBe(1024 * 1024 + 7);
    expect(text.endsWith("aathe end")).toBe(true);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024);
    expect(omittedBytes).toBeGreaterThan(1024 * 1024 - 1024);
  });

  test("keeps any text within its bound, for any bytes and any chunks", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 }),
        fc.integer({ min: 256, max: 1200 }),
        (chunks, maxBytes) => {
          const { output, write } = sink();
          for (const chunk of chunks) write(chunk);
          const { text } = output.snapshot(maxBytes);
          expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes);
        },
      ),
    );
  });

  test("shows any valid text whole where it fits, chunk by chunk or at once", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), fc.integer({ min: 1, max: 7 }), (text, size) => {
        const { output, write } = sink();
        const bytes = Buffer.from(text);
        let taken = "";
        for (let at = 0; at < bytes.length; at += size) {
          write(bytes.subarray(at, at + size));
          taken += output.takeNew(10_000).text;
        }
        expect(taken).toBe(bytes.toString());
        expect(output.snapshot(10_000).text).toBe(bytes.toString());
      }),
    );
  });
});
