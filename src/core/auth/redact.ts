/** Shorter values are too common to be cut out of a text without making it unreadable. */
const minSecretLength = 6;
const mask = "[redacted]";

/**
 * `text` without the given secrets, also where they stand URL-encoded or JSON-escaped, and without whatever looks like
 * a bearer token or an `sk-` key. For everything that may be shown, logged or stored and was made by somebody else:
 * error bodies, exceptions.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length < minSecretLength) continue;
    for (const form of new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])) {
      clean = clean.replaceAll(form, mask);
    }
  }
  return clean.replace(/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${mask}`).replace(/\bsk-[\w-]{16,}/g, mask);
}
