/** Where a value stands in a TOML text; both count from 1, columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Finds the value of `path` in a TOML text that a parser has accepted; parsers give values without places. If the value
 * itself is not found (an element of an array), the nearest table or key above it.
 */
export function positionOf(toml: string, path: readonly string[]): Position {
  const offsets = new Map<string, number>([["[]", 0]]);
  new Scanner(toml, (key, offset) => {
    const name = JSON.stringify(key);
    if (!offsets.has(name)) offsets.set(name, offset);
  }).document();
  let offset = 0;
  for (let length = path.length; length >= 0; length--) {
    const found = offsets.get(JSON.stringify(path.slice(0, length)));
    if (found !== undefined) {
      offset = found;
      break;
    }
  }
  const before = toml.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/**
 * Walks keys and values of a valid document and reports where each begins. Lenient: it never throws and always gets
 * further.
 */
class Scanner {
  readonly #text: string;
  readonly #report: (path: readonly string[], offset: number) => void;
  #at = 0;

  constructor(text: string, report: (path: readonly string[], offset: number) => void) {
    this.#text = text;
    this.#report = report;
  }

  document(): void {
    let table: readonly string[] = [];
    for (this.#skip(/[\s]|#/); this.#at < this.#text.length; this.#skip(/[\s]|#/)) {
      const start = this.#at;
      if (this.#text[this.#at] === "[") {
        while (this.#text[this.#at] === "[") this.#at++;
        this.#skip(/[ \t]/);
        const offset = this.#at;
        table = this.#key();
        this.#report(table, offset);
        while (this.#text[this.#at] === "]" || this.#text[this.#at] === " " || this.#text[this.#at] === "\t")
          this.#at++;
      } else {
        this.#pair(table);
      }
      if (this.#at === start) this.#at++;
    }
  }

  /** `a.b = value` */
  #pair(table: readonly string[]): void {
    const path = [...table, ...this.#key()];
    if (this.#text[this.#at] !== "=") return;
    this.#at++;
    this.#skip(/[ \t]/);
    this.#report(path, this.#at);
    this.#value(path);
  }

  /** A bare, quoted or dotted key, with the space behind it. */
  #key(): readonly string[] {
    const parts: string[] = [];
    for (;;) {
      this.#skip(/[ \t]/);
      const start = this.#at;
      const quote = this.#text[start];
      if (quote === '"' || quote === "'") {
        this.#string();
        const raw = this.#text.slice(start + 1, this.#at - 1);
        parts.push(quote === '"' ? unescape(raw) : raw);
      } else {
        while (/[\w-]/.test(this.#text[this.#at] ?? "")) this.#at++;
        parts.push(this.#text.slice(start, this.#at));
      }
      this.#skip(/[ \t]/);
      if (this.#text[this.#at] !== ".") return parts;
      this.#at++;
    }
  }

  #value(path: readonly string[]): void {
    const first = this.#text[this.#at];
    if (first === '"' || first === "'") {
      this.#string();
    } else if (first === "[" || first === "{") {
      const close = first === "[" ? "]" : "}";
      this.#at++;
      for (;;) {
        this.#skip(/[\s,]|#/);
        const start = this.#at;
        if (start >= this.#text.length) return;
        if (this.#text[start] === close) {
          this.#at++;
          return;
        }
        if (first === "{") this.#pair(path);
        else this.#value(path);
        if (this.#at === start) this.#at++;
      }
    } else {
      while (/[^\s,\]}#]/.test(this.#text[this.#at] ?? " ")) this.#at++;
    }
  }

  #string(): void {
    const quote = this.#text[this.#at] ?? "";
    const fence = this.#text.startsWith(quote.repeat(3), this.#at) ? quote.repeat(3) : quote;
    this.#at += fence.length;
    while (this.#at < this.#text.length && !this.#text.startsWith(fence, this.#at)) {
      this.#at += quote === '"' && this.#text[this.#at] === "\\" ? 2 : 1;
    }
    this.#at += fence.length;
    // A multi-line string may end with up to two quotes of its own before the fence.
    if (fence.length === 3) while (this.#text[this.#at] === quote) this.#at++;
  }

  /** Skips characters of one class; `#` in the class means comments to the end of their line. */
  #skip(characters: RegExp): void {
    for (let next = this.#text[this.#at]; next !== undefined && characters.test(next); next = this.#text[this.#at]) {
      if (next !== "#") {
        this.#at++;
        continue;
      }
      const end = this.#text.indexOf("\n", this.#at);
      this.#at = end === -1 ? this.#text.length : end;
    }
  }
}

function unescape(raw: string): string {
  try {
    const value: unknown = JSON.parse(`"${raw}"`);
    return typeof value === "string" ? value : raw;
  } catch {
    return raw; // an escape that JSON does not have; the nearest table is reported instead
  }
}
