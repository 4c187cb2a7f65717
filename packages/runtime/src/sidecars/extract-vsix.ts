import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { crc32 } from "node:zlib";
import { type Entry, fromFdPromise, type ZipFile } from "yauzl";
import { makeFolder } from "../base/folder.ts";
import { openFile } from "../base/text-file.ts";

/** What a VSIX holds besides papers of the gallery. */
const EXTENSION = "extension/";

/**
 * Extracts the extension in a VSIX into a new folder, by the library that VS Code itself uses. As there, a symbolic link
 * becomes a file with the link's target as its text, so nothing is ever written through a link.
 *
 * @throws Error when the file is not a VSIX, is damaged, or has a path that leads out of it; errors of the file system.
 */
export async function extractVsix(vsix: string, folder: string): Promise<void> {
  const file = openFile(vsix);
  if (file.id !== "open")
    throw new Error(file.id === "absent" ? "it does not exist" : `it ${file.why}`);
  // It closes the file. Strict: a name with a backslash is refused, because some programs take `..\` for the parent folder.
  const archive = await fromFdPromise(file.fd, { strictFileNames: true, autoClose: true });
  let files = 0;
  for await (const entry of archive.eachEntry()) {
    const { fileName } = entry;
    if (!fileName.startsWith(EXTENSION) || fileName.endsWith("/")) continue;
    const path = join(folder, fileName.slice(EXTENSION.length));
    makeFolder(dirname(path));
    await writeFile(path, await contentOf(archive, entry), { mode: modeOf(entry), flag: "wx" });
    files += 1;
  }
  if (files === 0) throw new Error("it has no folder `extension`: it is no VSIX");
}

/** The library checks the size of an entry, but not its checksum. */
async function contentOf(archive: ZipFile, entry: Entry): Promise<Buffer> {
  const content = await buffer(await archive.openReadStreamPromise(entry));
  if (crc32(content) !== entry.crc32) throw new Error(`${entry.fileName} is damaged`);
  return content;
}

/** Takes only the executable bit from the archive, and no write permissions, setuid or setgid. */
function modeOf({ versionMadeBy, externalFileAttributes }: Entry): number {
  const UNIX = 3;
  const mode = versionMadeBy >>> 8 === UNIX ? externalFileAttributes >>> 16 : 0;
  return (mode & 0o111) === 0 ? 0o644 : 0o755;
}
