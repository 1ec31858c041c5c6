import fs from "node:fs";
import path from "node:path";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The random id of this installation, kept in the home. Where the home cannot be written the id lasts for this process only: that is no
 * reason to refuse service.
 */
export function installationId(home: string, onFault: (fault: string, error?: unknown) => void): string {
  const file = path.join(home, "installation_id");
  try {
    const known = fs.readFileSync(file, "utf8").trim();
    if (uuid.test(known)) return known;
  } catch {
    // Not there yet, or not readable: written below.
  }
  const id = crypto.randomUUID();
  try {
    fs.mkdirSync(home, { recursive: true, mode: 0o700 });
    fs.writeFileSync(file, `${id}\n`);
  } catch (error) {
    onFault(`the state directory ${home} cannot be written`, error);
  }
  return id;
}
