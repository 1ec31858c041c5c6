// The few parts of Node that this project uses, so that the editor knows them without anything to install.
declare module "node:fs" {
  export function readFileSync(path: string, encoding: "utf8"): string;
}

declare module "node:test" {
  export default function test(name: string, body: () => void): void;
}

declare module "node:assert/strict" {
  const assert: {
    equal<T>(actual: T, expected: T): void;
    deepEqual<T>(actual: T, expected: T): void;
    throws(body: () => unknown, expected: RegExp): void;
  };
  export default assert;
}

declare const process: { readonly argv: readonly string[] };
declare const console: { log(text: string): void };
