/** Where a link in Markdown may lead. Everything else is shown as text: model output must not start anything in the editor. */
export type LinkTarget =
  | { readonly kind: "external"; readonly url: string }
  | { readonly kind: "file"; readonly path: string; readonly line: number | null };

const maxLength = 2048;

/** `http`, `https` and `mailto` open outside; a path (with `:line` or `#Lline`) opens in the editor; any other scheme is null. */
export function linkTarget(href: string): LinkTarget | null {
  if (href === "" || href.length > maxLength || /\p{Cc}/u.test(href)) return null;
  if (/^(?:https?|mailto):/i.test(href))
    return URL.canParse(href) ? { kind: "external", url: new URL(href).href } : null;
  return fileTarget(href);
}

/** Inline code that is plainly a path in a folder, such as `src/a.ts:12`. */
export function codePathTarget(code: string): LinkTarget | null {
  return /^(?:\.{0,2}\/)?(?:[\w@.-]+\/)+[\w@.-]+\.\w{1,8}(?::\d+){0,2}$/.test(code) ? fileTarget(code) : null;
}

function fileTarget(href: string): LinkTarget | null {
  const match = /^([^#?]+?)(?::(\d+)(?::\d+)?|#L(\d+)(?:[C-]\S*)?)?$/.exec(href);
  const raw = match?.[1];
  if (raw === undefined) return null;
  const path = decoded(raw);
  const withoutDrive = path.replace(/^[a-zA-Z]:(?=[\\/])/, "");
  // A colon elsewhere is a scheme (`javascript:`, `command:`, `vscode:`); two slashes at the start are another host.
  if (withoutDrive.includes(":") || /^[\\/]{2}/.test(path) || /\p{Cc}/u.test(path)) return null;
  // `command:3` would otherwise read as a file and a line.
  if (match?.[2] !== undefined && !/[./\\]/.test(path)) return null;
  const line = Number(match?.[2] ?? match?.[3] ?? 0);
  return { kind: "file", path, line: line > 0 ? line : null };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a stray percent sign: the path is meant literally
  }
}
