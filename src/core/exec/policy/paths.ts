/** Names that hold keys and passwords, or lead to them: looking into them is for the user to allow. In lower case, one part of a path. */
const secretNames: readonly RegExp[] = [
  /^\.env(?:$|[.\-_])/,
  /^\.(?:ssh|aws|azure|gnupg|kube|docker|config|git|netrc|npmrc|pypirc|pgpass|my\.cnf|git-credentials|htpasswd|vault-token|turnwright|codex)$/,
  /^\.(?:terraform\.d|terraformrc|boto|s3cfg|dockercfg|password-store|mozilla|bash_profile|bashrc|profile|zshrc|zshenv)$/,
  /^_netrc$/,
  /^\..*_history$/,
  /^(?:id_(?:rsa|dsa|ecdsa|ed25519)|shadow|sudoers)/,
  /\.(?:pem|key|p12|pfx|kdbx|keystore|jks|tfstate|ppk|asc|gpg)$/,
  /^(?:credentials?|secrets?|passwords?)(?:\.(?:json|ya?ml|toml|txt|ini|cfg|conf|csv|xml|properties))?$/,
  /^(?:tokens?|auth|oauth)\.(?:json|ya?ml|toml|txt|ini|cfg|conf|csv|xml|properties)$/,
];

const isSecretName = (part: string): boolean => secretNames.some((pattern) => pattern.test(part.toLowerCase()));

/**
 * Whether ripgrep's `-g` may reach files that hold secrets: it looks into hidden ones too, if a pattern takes them in. What leaves files
 * out is harmless, and so are `*.ts` and patterns that begin with a letter; `**` is like `*` where it ends a pattern, else it takes in nothing itself.
 */
export function mayNameSecret(glob: string): boolean {
  if (glob.startsWith("!")) return false;
  const parts = glob.split("/").filter((part, index, all) => part !== "**" || index === all.length - 1);
  return parts.some((part) => {
    const extension = /^\*\.([a-z0-9]+|\{[a-z0-9,]+\})$/i.exec(part)?.[1];
    if (extension === undefined) return !/^[a-z0-9]/i.test(part) || isSecretName(part);
    return extension.split(/[{},]/).some((end) => end === "env" || isSecretName(`x.${end}`));
  });
}

/**
 * Why a file may not be read without a question, completing "X ..."; null: it may. A path counts by its letters: relative without `..`, or
 * absolute below one of `roots`.
 */
export function refusePath(path: string, roots: readonly string[]): string | null {
  if (path === "-") return null;
  const root = roots.find((candidate) => path === candidate || path.startsWith(candidate.replace(/\/?$/, "/")));
  const inside = root === undefined ? path : path.slice(root.length).replace(/^\/+/, "");
  if (inside.startsWith("/") || inside.startsWith("~")) return "lies outside the workspace";
  const parts = inside.split("/");
  if (parts.includes("..")) return "may lead out of the workspace";
  return parts.some(isSecretName) ? "may hold secrets" : null;
}
