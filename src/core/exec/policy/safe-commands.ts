/**
 * The commands that need no question, by the flags with which they only look. A flag that is not listed asks, so does a shortened long
 * one. `tree` is not here: its short flags take their values from the words that follow, in another order than getopt. Sources: the manuals of GNU coreutils 9, findutils, grep, ripgrep 14, and of their BSD namesakes; where they differ, what is safe
 * in all. Flags that take a file, start a program or write are left out on purpose.
 */
export interface SafeCommand {
  /** Short flags without a value. */
  readonly flags?: string;
  /** Short flags with a value, in the same word or the next. */
  readonly valued?: string;
  /** Long flags without a value; or, if they end in `=`, with one: in the same word, or the next. Separated by blanks. */
  readonly long?: string;
  /**
   * What stands for itself. `text`: words that name no file; `paths`: files and folders that are read; `pattern`: a pattern first, then
   * paths; `none`.
   */
  readonly operands: "none" | "text" | "paths" | "pattern";
  readonly maxOperands?: number;
  /** Of those with a value: where some programs of this name take none from the next word, so only one in the same word counts. */
  readonly attached?: readonly string[];
  /** `-5` and the like. */
  readonly takesNumber?: true;
  /** With one of these flags there is no pattern among the operands. */
  readonly withoutPattern?: readonly string[];
  /** Values of these are patterns of file names. */
  readonly globs?: readonly string[];
  /** With one of these flags a path must be named, and not the folder itself: hidden files would be read too. */
  readonly needsPathWith?: readonly string[];
  /** A folder among the operands is read with what the links in it lead to, so only files may be named. */
  readonly filesOnly?: true;
}

const checksum: SafeCommand = { flags: "bt", long: "--binary --text --tag", operands: "paths" };
const grep: SafeCommand = {
  flags: "EFGPiyvwxcLloqsbHhnTZzaIr",
  valued: "emABC",
  long:
    "--extended-regexp --fixed-strings --basic-regexp --perl-regexp --ignore-case --no-ignore-case --invert-match " +
    "--word-regexp --line-regexp --count --files-without-match --files-with-matches --only-matching --quiet --silent " +
    "--no-messages --byte-offset --with-filename --no-filename --line-number --initial-tab --null --text --recursive --regexp= " +
    "--max-count= --after-context= --before-context= --context= --include= --exclude= --exclude-dir= --color --colour --color= " +
    "--colour= --binary-files=",
  attached: ["-C", "--context"],
  operands: "pattern",
  withoutPattern: ["-e", "--regexp"],
  needsPathWith: ["-r", "--recursive"],
};

export const safeCommands: Readonly<Record<string, SafeCommand>> = {
  base64: { flags: "di", valued: "w", long: "--decode --ignore-garbage --wrap=", operands: "paths" },
  basename: { flags: "az", valued: "s", long: "--multiple --suffix= --zero", operands: "text" },
  cat: {
    flags: "AbeEnstTuv",
    long: "--show-all --number-nonblank --show-ends --number --squeeze-blank --show-tabs --show-nonprinting",
    operands: "paths",
  },
  cmp: { flags: "bls", long: "--print-bytes --verbose --quiet --silent", operands: "paths" },
  comm: { flags: "123", operands: "paths" },
  cut: {
    flags: "nsz",
    valued: "bcdf",
    long: "--bytes= --characters= --delimiter= --fields= --complement --only-delimited --output-delimiter=",
    operands: "paths",
  },
  df: { flags: "ahHiklmPT", long: "--all --human-readable --inodes --si", operands: "paths" },
  diff: {
    flags: "abBcdeEipqstTuwy",
    valued: "UCW",
    long:
      "--brief --unified --unified= --context --context= --ignore-case --ignore-all-space --ignore-space-change " +
      "--ignore-blank-lines --side-by-side --color --color=",
    operands: "paths",
    filesOnly: true,
  },
  dirname: { flags: "z", operands: "text" },
  du: {
    flags: "abchkmsSx",
    valued: "d",
    long: "--all --apparent-size --bytes --human-readable --max-depth= --summarize --total",
    operands: "paths",
  },
  expr: { operands: "text" },
  false: { operands: "text" },
  file: { flags: "bhiN", long: "--brief --mime --mime-type --mime-encoding", operands: "paths" },
  grep,
  egrep: grep,
  fgrep: grep,
  head: {
    flags: "qvz",
    valued: "cn",
    long: "--bytes= --lines= --quiet --silent --verbose",
    operands: "paths",
    takesNumber: true,
  },
  id: { flags: "gGnruz", long: "--group --groups --name --real --user", operands: "text" },
  ls: {
    flags: "1aAbBcCdfFgGhHiklmnNopqQrRsStTuUvxXZ",
    long:
      "--all --almost-all --author --classify --color --color= --directory --file-type --format= --full-time " +
      "--group-directories-first --human-readable --inode --no-group --numeric-uid-gid --recursive --reverse --si --size --sort= " +
      "--time= --time-style=",
    operands: "paths",
  },
  md5sum: checksum,
  nl: {
    flags: "p",
    valued: "bdfhilnsvw",
    long: "--body-numbering= --line-increment= --number-format= --number-separator= --number-width= --starting-line-number=",
    operands: "paths",
  },
  numfmt: {
    valued: "d",
    flags: "z",
    long:
      "--delimiter= --field= --format= --from= --from-unit= --grouping --header --header= --invalid= --padding= --round= " +
      "--suffix= --to= --to-unit=",
    operands: "text",
  },
  paste: { flags: "sz", valued: "d", long: "--delimiters= --serial", operands: "paths" },
  pwd: { flags: "LP", long: "--logical --physical", operands: "none" },
  readlink: { flags: "efmnqsvz", operands: "paths" },
  realpath: { flags: "eLmPqsz", operands: "paths" },
  rev: { operands: "paths" },
  rg: {
    flags: "0cFHiIlnNopPqsSUvwx",
    valued: "ABCdegmMrtT",
    long:
      "--after-context= --before-context= --byte-offset --case-sensitive --color= --column --context= --count --count-matches " +
      "--files --files-with-matches --files-without-match --fixed-strings --glob= --glob-case-insensitive --heading --iglob= " +
      "--ignore-case --invert-match --json --line-number --line-regexp --max-columns= --max-count= --max-depth= --max-filesize= " +
      "--multiline --multiline-dotall --no-config --no-filename --no-heading --no-line-number --null --only-matching --passthru " +
      "--pcre2 --pretty --quiet --regexp= --replace= --smart-case --sort= --sortr= --stats --trim --type= --type-list " +
      "--type-not= --version --vimgrep --with-filename --word-regexp",
    operands: "pattern",
    withoutPattern: ["-e", "--regexp", "--files", "--type-list"],
    globs: ["-g", "--glob", "--iglob"],
  },
  seq: {
    flags: "w",
    valued: "fs",
    long: "--equal-width --format= --separator=",
    operands: "text",
    takesNumber: true,
  },
  sha1sum: checksum,
  sha256sum: checksum,
  sha512sum: checksum,
  shasum: { ...checksum, valued: "a" },
  sort: {
    flags: "bcCdfghiMmnrRsuVz",
    valued: "kt",
    long:
      "--check --dictionary-order --field-separator= --general-numeric-sort --human-numeric-sort --ignore-case " +
      "--ignore-leading-blanks --key= --month-sort --numeric-sort --reverse --stable --unique --version-sort",
    operands: "paths",
  },
  stat: {
    flags: "ftx",
    valued: "c",
    long: "--file-system --format= --printf= --terse",
    operands: "paths",
  },
  tac: { flags: "br", valued: "s", long: "--before --regex --separator=", operands: "paths" },
  tail: {
    flags: "qvz",
    valued: "cn",
    long: "--bytes= --lines= --quiet --silent --verbose",
    operands: "paths",
    takesNumber: true,
  },
  tr: {
    flags: "cCdst",
    long: "--complement --delete --squeeze-repeats --truncate-set1",
    operands: "text",
  },
  true: { operands: "text" },
  uname: {
    flags: "aimnoprsv",
    long: "--all --kernel-name --kernel-release --machine --operating-system --processor",
    operands: "none",
  },
  uniq: {
    flags: "cdDiuz",
    valued: "fsw",
    long: "--count --repeated --ignore-case --unique --skip-fields= --skip-chars= --check-chars=",
    operands: "paths",
    // The second one is written.
    maxOperands: 1,
  },
  wc: {
    flags: "clLmw",
    long: "--bytes --chars --lines --max-line-length --words",
    operands: "paths",
  },
  which: { flags: "as", operands: "text" },
  whoami: { operands: "none" },
};

/** Tests and actions of find that only look, with how many values each takes. All others ask. */
export const findExpressions: Readonly<Record<string, number>> = {
  "!": 0,
  "(": 0,
  ")": 0,
  ",": 0,
  "-a": 0,
  "-amin": 1,
  "-and": 0,
  "-atime": 1,
  "-cmin": 1,
  "-ctime": 1,
  "-daystart": 0,
  "-depth": 0,
  "-empty": 0,
  "-executable": 0,
  "-false": 0,
  "-group": 1,
  "-iname": 1,
  "-inum": 1,
  "-ipath": 1,
  "-iregex": 1,
  "-links": 1,
  "-ls": 0,
  "-maxdepth": 1,
  "-mindepth": 1,
  "-mmin": 1,
  "-mount": 0,
  "-mtime": 1,
  "-name": 1,
  "-not": 0,
  "-o": 0,
  "-or": 0,
  "-path": 1,
  "-perm": 1,
  "-print": 0,
  "-print0": 0,
  "-printf": 1,
  "-prune": 0,
  "-quit": 0,
  "-readable": 0,
  "-regex": 1,
  "-regextype": 1,
  "-size": 1,
  "-true": 0,
  "-type": 1,
  "-user": 1,
  "-wholename": 1,
  "-writable": 0,
  "-xdev": 0,
};
