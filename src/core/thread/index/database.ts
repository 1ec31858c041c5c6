import fs from "node:fs";
import path from "node:path";
import type * as Sqlite from "node:sqlite";
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import { schema, schemaVersion } from "./schema.ts";

/** The index cannot be used now: go without it. */
export class IndexUnavailable extends Error {}

export type Row = Readonly<Record<string, SQLOutputValue>>;

export interface Database {
  all(sql: string, ...values: SQLInputValue[]): Row[];
  get(sql: string, ...values: SQLInputValue[]): Row | undefined;
  /** Resolves with the number of rows changed. */
  run(sql: string, ...values: SQLInputValue[]): number;
}

/**
 * The index, open. It stays the same one from the first call to the last: once it turned out to be damaged, or another process threw it away,
 * every call is an {@link IndexUnavailable}, as is everything that goes wrong. Calls are synchronous and meant to be short.
 */
export interface OpenIndex {
  use<T>(work: (database: Database) => T): T;
  /** All of the writes, or none. */
  change<T>(work: (database: Database) => T): T;
}

/** The file of the index, `<home>/index.sqlite`: made when it is missing, made anew when it is damaged or of an older version. */
export interface IndexFile {
  /** For one piece of work. @throws IndexUnavailable */
  open(): OpenIndex;
  /** False: there is no index yet, so there is nothing to keep up to date. */
  isThere(): boolean;
  /** May be opened again. */
  close(): void;
}

/** How long another process that writes may keep us waiting: nothing else happens here meanwhile. */
const busyTimeoutMs = 25;
/** An index that cannot be opened is not tried again before. */
const retryMs = 30_000;

const codes = { error: 1, busy: 5, locked: 6, corrupt: 11, notDatabase: 26 };

export function createIndexFile(home: string): IndexFile {
  const file = path.join(home, "index.sqlite");
  let opened: { readonly connection: DatabaseSync; readonly index: OpenIndex; readonly inode: number } | null = null;
  let retryAt = 0;

  const close = (): void => {
    const { connection } = opened ?? {};
    opened = null;
    try {
      connection?.close();
    } catch {
      // It is a cache.
    }
  };

  /** What becomes of the index after an error. */
  const failed = (error: unknown): Error => {
    if (!isOfFile(error)) return error instanceof Error ? error : new Error(String(error));
    const code = (error.errcode ?? 0) & 0xff;
    if (code !== codes.busy && code !== codes.locked) {
      close();
      const isDamaged = code === codes.corrupt || code === codes.notDatabase || code === codes.error;
      // A new home is made with the first thread.
      if (isDamaged ? !discard() : error.code !== "ENOENT") retryAt = performance.now() + retryMs;
    }
    return new IndexUnavailable("the index cannot be used now", { cause: error });
  };

  /** False: it cannot be removed. */
  const discard = (): boolean => {
    try {
      for (const suffix of ["", "-wal", "-shm"]) fs.rmSync(file + suffix, { force: true });
      return true;
    } catch {
      return false;
    }
  };

  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw failed(error);
    }
  };

  const connect = (): OpenIndex => {
    const sqlite = loadSqlite();
    if (sqlite === null || performance.now() < retryAt) throw new IndexUnavailable();
    // What is made beside it has the same rights.
    fs.closeSync(fs.openSync(file, "a", 0o600));
    const connection = new sqlite.DatabaseSync(file);
    const database = createDatabase(connection);
    const use = <T>(work: (db: Database) => T): T => {
      if (opened?.connection !== connection) throw new IndexUnavailable("the index was closed");
      return attempt(() => work(database));
    };
    const index: OpenIndex = { use, change: (work) => use((db) => transaction(db, work)) };
    opened = { connection, index, inode: fs.statSync(file).ino };
    if (!prepare(connection)) {
      close();
      retryAt = performance.now() + retryMs;
      throw new IndexUnavailable("the index was made by a newer version");
    }
    return index;
  };

  return {
    open: () =>
      attempt(() => {
        // Another process may have thrown a damaged index away and begun a new one.
        if (opened !== null && fs.statSync(file, { throwIfNoEntry: false })?.ino !== opened.inode) close();
        return opened?.index ?? connect();
      }),
    isThere: () => fs.existsSync(file),
    close,
  };
}

function transaction<T>(database: Database, work: (database: Database) => T): T {
  database.run("BEGIN IMMEDIATE");
  try {
    const result = work(database);
    database.run("COMMIT");
    return result;
  } catch (error) {
    try {
      database.run("ROLLBACK");
    } catch {
      // What failed may have ended the transaction.
    }
    throw error;
  }
}

const isSqlite = (module: unknown): module is typeof Sqlite =>
  typeof module === "object" && module !== null && "DatabaseSync" in module;

/** Null: this runtime has none. */
function loadSqlite(): typeof Sqlite | null {
  // Node 22 says on stderr that the module is experimental; nobody who runs us can do anything about it.
  const emitWarning = Object.getOwnPropertyDescriptor(process, "emitWarning");
  try {
    process.emitWarning = () => undefined;
    // Its type says that every runtime has it.
    const sqlite: unknown = process.getBuiltinModule("node:sqlite");
    return isSqlite(sqlite) ? sqlite : null;
  } catch {
    return null;
  } finally {
    if (emitWarning !== undefined) Object.defineProperty(process, "emitWarning", emitWarning);
  }
}

/** Makes the tables of a new index. False: it was made by a newer version, which goes on using it. */
function prepare(connection: DatabaseSync): boolean {
  connection.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;`);
  connection.exec("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096;");
  const version = (): number => Number(connection.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version() >= schemaVersion) return version() === schemaVersion;
  connection.exec("BEGIN IMMEDIATE");
  // Another process may have been quicker.
  if (version() < schemaVersion) {
    const tables = connection.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('threads', 'texts', 'items', 'folders', 'terms')",
    );
    for (const { name } of tables.all()) connection.exec(`DROP TABLE ${String(name)}`);
    connection.exec(schema);
  }
  connection.exec("COMMIT");
  return true;
}

function createDatabase(connection: DatabaseSync): Database {
  const statements = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const prepared = connection.prepare(sql);
    statements.set(sql, prepared);
    return prepared;
  };
  return {
    all: (sql, ...values) => statement(sql).all(...values),
    get: (sql, ...values) => statement(sql).get(...values),
    run: (sql, ...values) => Number(statement(sql).run(...values).changes),
  };
}

/** SQLite's or the file system's; a mistake in a call is ours. */
const isOfFile = (error: unknown): error is Error & { readonly code: string; readonly errcode?: number } =>
  error instanceof Error && "code" in error && typeof error.code === "string" && !error.code.startsWith("ERR_INVALID");
