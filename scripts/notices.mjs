// The licences of what is bundled. A bundle is a copy of its packages, and their licences ask that their text goes along.
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";

/**
 * The text of ThirdPartyNotices.txt for the packages whose files are in these bundles.
 * @param {string} root
 * @param {import("esbuild").Metafile[]} metafiles
 * @param {string[]} copied names of packages of which files go along as they are
 */
export async function thirdPartyNotices(root, metafiles, copied) {
  const folders = new Set(copied.map((name) => path.join("node_modules", name)));
  for (const metafile of metafiles) {
    for (const output of Object.values(metafile.outputs)) {
      for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
        const folder = bytesInOutput > 0 ? /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] : undefined;
        if (folder !== undefined) folders.add(folder);
      }
    }
  }
  const entries = await Promise.all([...folders].map((folder) => notice(path.join(root, folder))));
  return (
    ["Turnwright includes the following packages.", ...new Set(entries.sort())].join(`\n\n${"-".repeat(80)}\n\n`) + "\n"
  );
}

/** @param {string} folder */
async function notice(folder) {
  const { name, version, license } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), "utf8")));
  return [
    `${name} ${version} (${typeof license === "string" ? license : "see below"})`,
    ...texts.map((text) => text.trim()),
  ].join("\n\n");
}
