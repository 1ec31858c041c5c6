/** Another number means another shape: an older index is made anew, a newer one is left alone. */
export const schemaVersion = 1;

/**
 * What the index holds.
 *
 * - `folders`: the folders of rollouts, each with the time of its last change when it was read.
 * - `threads`: a row for each rollout. `size` and `mtime` are those of the file, `changed` is its time in whole milliseconds; `facts_size` is the size at which `facts` (what a list shows;
 *   empty for a thread that is not listed) was read, -1 for never. Texts are read up to byte `read_to`, `progress` is what is needed to go on
 *   from there, and `text_size` is the size of the file when that was all. `created`, `cwd`, `provider`, `source`, `originator`, `words` are what
 *   lists are ordered and filtered by.
 * - `texts`: which stretches of three characters occur in which item. No texts: those stand in the rollouts only.
 * - `items`: where in its rollout the lines of an item begin. Rows of `texts` and `items` are numbered `seq * itemsPerThread + n`.
 * - `terms`: all stretches that occur anywhere.
 */
export const schema = `
  CREATE TABLE folders (path TEXT PRIMARY KEY, mtime REAL NOT NULL) WITHOUT ROWID;
  CREATE TABLE threads (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    file TEXT NOT NULL UNIQUE,
    folder TEXT NOT NULL,
    id TEXT NOT NULL,
    archived INTEGER NOT NULL,
    is_open INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime REAL NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    facts_size INTEGER NOT NULL DEFAULT -1,
    text_size INTEGER NOT NULL DEFAULT -1,
    read_to INTEGER NOT NULL DEFAULT 0,
    items INTEGER NOT NULL DEFAULT 0,
    listed INTEGER NOT NULL DEFAULT 0,
    cwd TEXT NOT NULL DEFAULT '',
    provider TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL DEFAULT '',
    originator TEXT NOT NULL DEFAULT '',
    words TEXT NOT NULL DEFAULT '',
    facts TEXT NOT NULL DEFAULT '',
    progress TEXT NOT NULL DEFAULT ''
  );
  CREATE INDEX threads_by_creation ON threads (archived, created, id);
  CREATE INDEX threads_by_change ON threads (archived, changed, id);
  CREATE INDEX threads_by_folder ON threads (folder);
  CREATE INDEX threads_open ON threads (is_open) WHERE is_open = 1;
  CREATE INDEX threads_unread ON threads (changed) WHERE facts_size <> size;
  CREATE INDEX threads_unindexed ON threads (changed) WHERE text_size <> size;
  CREATE TABLE items (number INTEGER PRIMARY KEY, line INTEGER, other INTEGER);
  CREATE VIRTUAL TABLE texts USING fts5(
    text, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
  );
  CREATE VIRTUAL TABLE terms USING fts5vocab('texts', 'row');
  INSERT INTO texts (texts, rank) VALUES ('automerge', 0), ('crisismerge', 1999);
  PRAGMA user_version = ${schemaVersion};
`;

export const itemsPerThread = 2 ** 20;
