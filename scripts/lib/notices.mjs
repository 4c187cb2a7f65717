// The licences of what a bundle holds: most of them ask that their text goes along.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** The file beside a bundle. */
export const NOTICES = "THIRD_PARTY_NOTICES.txt";

const PACKAGE = /(?:\bnode_modules\/(?:@[^/]+\/)?[^/]+\/)*\bnode_modules\/(?:@[^/]+\/)?[^/]+/;
const LICENCE = /^(?:licen[cs]e|copying|notice)\b/i;
const RULE = `\n\n${"-".repeat(80)}\n\n`;

/**
 * The folder of the package of others that a source belongs to, as it is below the repository; null for our own. A package
 * may lie in the folder of another.
 *
 * @param {string} source
 * @returns {string | null}
 */
export function packageIn(source) {
  return PACKAGE.exec(source)?.[0] ?? null;
}

/**
 * Writes {@link NOTICES} for what these builds hold; nothing for a bundle that is all our own.
 *
 * @param {string} folder
 * @param {readonly import("esbuild").Metafile[]} metafiles
 */
export async function writeNotices(folder, metafiles) {
  const used = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)),
  );
  const packages = new Set(used.flatMap((source) => packageIn(source) ?? []));
  const notices = await Promise.all([...packages].map((path) => noticeOf(join(root, path))));
  if (notices.length === 0) return;
  const text = [...new Set(notices)].sort().join(RULE);
  await writeFile(
    join(folder, NOTICES),
    `The bundles in this folder hold code of others.${RULE}${text}\n`,
  );
}

/** @param {string} folder of a package */
async function noticeOf(folder) {
  const { name, version, license } = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8"),
  );
  const files = (await readdir(folder)).filter((file) => LICENCE.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  return [`${name} ${version} (${license})`, ...texts.map((text) => text.trim())].join("\n\n");
}
