import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { crc32 } from "node:zlib";
import { type Entry, openPromise, type ZipFile } from "yauzl";

/** What a VSIX holds besides papers of the gallery. */
const EXTENSION = "extension/";

/**
 * Writes the extension that a VSIX holds into a new folder, by the library with which VS Code itself does it: as there, a
 * link becomes a file that holds the link's target, so nothing is ever written through one.
 *
 * @throws Error when it is no archive or no VSIX, names a file outside of itself, or is damaged; errors of the file system.
 */
export async function extractVsix(vsix: string, folder: string): Promise<void> {
  // Strict: a name with a backslash, which is `..\` to some, is refused and not read as another name.
  const archive = await openPromise(vsix, { strictFileNames: true });
  let files = 0;
  for await (const entry of archive.eachEntry()) {
    const { fileName } = entry;
    if (!fileName.startsWith(EXTENSION) || fileName.endsWith("/")) continue;
    const path = join(folder, fileName.slice(EXTENSION.length));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await contentOf(archive, entry), { mode: modeOf(entry), flag: "wx" });
    files += 1;
  }
  if (files === 0) throw new Error("it has no folder `extension`: it is no VSIX");
}

/** The library makes sure of the size, and leaves the checksum to us. */
async function contentOf(archive: ZipFile, entry: Entry): Promise<Buffer> {
  const content = await buffer(await archive.openReadStreamPromise(entry));
  if (crc32(content) !== entry.crc32) throw new Error(`${entry.fileName} is damaged`);
  return content;
}

/** Only whether it may be executed: who may write, and whose rights it has, is not the archive's to say. */
function modeOf({ versionMadeBy, externalFileAttributes }: Entry): number {
  const UNIX = 3;
  const mode = versionMadeBy >>> 8 === UNIX ? externalFileAttributes >>> 16 : 0;
  return (mode & 0o111) === 0 ? 0o644 : 0o755;
}
