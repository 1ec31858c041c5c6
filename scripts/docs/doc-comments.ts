import ts from "typescript";

/** What the comment above a method or a notification says. */
export interface EntryComment {
  readonly text: string;
  /** Names of notifications that may follow, from `@notifies`. */
  readonly notifies: readonly string[];
  /** From `@error`, one each. */
  readonly errors: readonly string[];
}

export interface DocComments {
  /** By `Definition`, `Definition.member.member`, or the name of a method or notification. */
  readonly texts: ReadonlyMap<string, string>;
  /** By the name of a method or notification. */
  readonly entries: ReadonlyMap<string, EntryComment>;
  /** Files that export schemas, without their ending. */
  readonly modules: readonly string[];
}

export const stemOf = (method: string): string =>
  method
    .split(/[/_]/u)
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join("");

/**
 * Reads the doc comments of the protocol's sources: of exported schemas, of the members of their objects, and of the entries of method
 * tables (objects with `params` and `result`) and notification tables (constants whose name ends in `notifications`). Where one path has
 * several comments, as a member of the forms of a union may, none is taken.
 *
 * @param sources file name without ending, to text.
 */
export function readDocComments(sources: ReadonlyMap<string, string>): DocComments {
  const found = new Map<string, Set<string>>();
  const entries = new Map<string, EntryComment>();
  const modules: string[] = [];
  const files = [...sources].map(([name, text]) => {
    const file = ts.createSourceFile(`${name}.ts`, text, ts.ScriptTarget.Latest, true);
    return { name, own: constantsOf(file) };
  });
  const pieces = files.flatMap(({ own }) => [...own].filter(([, constant]) => isSharedPiece(constant)));
  for (const { name, own } of files) {
    const constants = new Map([...pieces, ...own]);
    for (const [constant, { statement, value }] of own) {
      const table = unwrapped(value);
      if (ts.isObjectLiteralExpression(table))
        readTable(table, /notifications$/iu.test(constant), { constants, found, entries });
      if (!isExported(statement) || !isCall(value) || !/^[A-Z]/u.test(constant)) continue;
      if (!modules.includes(name)) modules.push(name);
      note(found, constant, textOf(statement));
      readMembers(value, constant, { constants, found });
    }
  }
  const texts = [...found].flatMap(([path, said]): [string, string][] => {
    const [only] = said;
    return said.size === 1 && only !== undefined && only !== "" ? [[path, only]] : [];
  });
  for (const [name, { text }] of entries) if (text !== "") texts.push([name, text]);
  return {
    texts: new Map(texts.toSorted(([one], [other]) => (one < other ? -1 : 1))),
    entries,
    modules: modules.toSorted(),
  };
}

interface Constant {
  readonly statement: ts.VariableStatement;
  readonly value: ts.Expression;
}
type Constants = ReadonlyMap<string, Constant>;
interface Reading {
  readonly constants: Constants;
  readonly found: Map<string, Set<string>>;
}

const constantsOf = (file: ts.SourceFile): Constants =>
  new Map(
    file.statements
      .filter(ts.isVariableStatement)
      .flatMap((statement) =>
        statement.declarationList.declarations.flatMap(({ name, initializer }): [string, Constant][] =>
          ts.isIdentifier(name) && initializer !== undefined ? [[name.text, { statement, value: initializer }]] : [],
        ),
      ),
  );

const isExported = (statement: ts.VariableStatement): boolean =>
  statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
/** Members that several files put into their objects. */
const isSharedPiece = ({ statement, value }: Constant): boolean =>
  isExported(statement) && ts.isObjectLiteralExpression(unwrapped(value));
const isCall = (value: ts.Expression): boolean => ts.isCallExpression(unwrapped(value));

/** Without `as const`, `satisfies` and parentheses. */
function unwrapped(value: ts.Expression): ts.Expression {
  if (ts.isAsExpression(value) || ts.isSatisfiesExpression(value) || ts.isParenthesizedExpression(value)) {
    return unwrapped(value.expression);
  }
  return value;
}

const note = (found: Reading["found"], path: string, text: string): void => {
  found.set(path, (found.get(path) ?? new Set()).add(text));
};

/** The last doc comment right above a node, on one line per paragraph. */
const commentOf = (node: ts.Node): ts.JSDoc | undefined => ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).at(-1);
const written = (comment: string | ts.NodeArray<ts.JSDocComment> | undefined): string =>
  (ts.getTextOfJSDocComment(comment) ?? "")
    .replaceAll(/\{@link ([^}|]+)[^}]*\}/gu, "`$1`")
    .split(/\n{2,}/u)
    .map((paragraph) => paragraph.replaceAll(/\s*\n\s*/gu, " ").trim())
    .join("\n");
const textOf = (node: ts.Node): string => written(commentOf(node)?.comment);

const nameOf = (name: ts.PropertyName): string | null =>
  ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : null;

/** Finds the object literals in an expression, however they are wrapped, and what is said of their members. */
function readMembers(value: ts.Expression, path: string, reading: Reading): void {
  const { constants, found } = reading;
  const node = unwrapped(value);
  if (ts.isObjectLiteralExpression(node)) {
    for (const property of node.properties) {
      if (ts.isSpreadAssignment(property)) {
        readMembers(property.expression, path, reading);
        continue;
      }
      const name = nameOf(property.name);
      if (name === null) continue;
      note(found, `${path}.${name}`, textOf(property));
      if (ts.isPropertyAssignment(property)) readMembers(property.initializer, `${path}.${name}`, reading);
    }
  } else if (ts.isCallExpression(node)) {
    readMembers(node.expression, path, reading);
    for (const argument of node.arguments) readMembers(argument, path, reading);
  } else if (ts.isPropertyAccessExpression(node)) {
    readMembers(node.expression, path, reading);
  } else if (ts.isArrayLiteralExpression(node)) {
    for (const element of node.elements) readMembers(element, path, reading);
  } else if (ts.isArrowFunction(node)) {
    if (!ts.isBlock(node.body)) readMembers(node.body, path, reading);
  } else if (ts.isIdentifier(node)) {
    // What has a name of its own is a definition of its own; what has none stands in place.
    const constant = constants.get(node.text);
    const isInPlace = constant !== undefined && (!isExported(constant.statement) || isSharedPiece(constant));
    if (isInPlace) readMembers(constant.value, path, reading);
  }
}

function readTable(
  table: ts.ObjectLiteralExpression,
  isNotifications: boolean,
  { constants, found, entries }: Reading & { readonly entries: Map<string, EntryComment> },
): void {
  for (const property of table.properties) {
    const name = property.name === undefined ? null : nameOf(property.name);
    if (name === null || !ts.isPropertyAssignment(property)) continue;
    const value = unwrapped(property.initializer);
    const parts = ts.isObjectLiteralExpression(value)
      ? new Map(
          value.properties
            .filter(ts.isPropertyAssignment)
            .map((part) => [nameOf(part.name), part.initializer] as const),
        )
      : new Map<string | null, ts.Expression>();
    const params = parts.get("params");
    const result = parts.get("result");
    if (params !== undefined && result !== undefined) {
      readMembers(params, `${stemOf(name)}Params`, { constants, found });
      readMembers(result, `${stemOf(name)}Response`, { constants, found });
    } else if (isNotifications) readMembers(property.initializer, `${stemOf(name)}Notification`, { constants, found });
    else continue;
    entries.set(name, entryComment(property));
  }
}

function entryComment(node: ts.Node): EntryComment {
  const comment = commentOf(node);
  const tagged = (name: string): string[] =>
    (comment?.tags ?? []).filter(({ tagName }) => tagName.text === name).map((tag) => written(tag.comment));
  const notifies = tagged("notifies").flatMap((names) => names.split(/[\s,]+/u).filter((name) => name !== ""));
  return { text: textOf(node), notifies, errors: tagged("error") };
}
