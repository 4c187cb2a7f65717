import { randomUUID } from "node:crypto";
import { access, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { readZip, ZipError } from "./zip.ts";

/** What a VSIX holds besides papers of the gallery. */
const EXTENSION = "extension/";

/**
 * Unpacks a VSIX once: later boots find it, as long as the file has not changed. Takes some milliseconds, where
 * `code-server --install-extension` takes a second of CPU.
 *
 * @param store - Folder of unpacked extensions.
 * @returns The folder of the extension.
 * @throws ZipError when it is not a VSIX; errors of the file system.
 */
export async function unpackVsix(vsix: string, store: string): Promise<string> {
  const { size, mtimeMs } = await stat(vsix);
  const name = `${basename(vsix, ".vsix")}-${size.toString(36)}-${Math.round(mtimeMs).toString(36)}`;
  const target = join(store, name);
  if (await exists(target)) return target;
  const making = join(store, `.making-${randomUUID()}`);
  try {
    await extract(await readFile(vsix), making);
    await rename(making, target);
  } catch (error) {
    // Somebody else was as fast, and has the same.
    if (!(await exists(target))) throw error;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return target;
}

async function extract(archive: Buffer, folder: string): Promise<void> {
  const entries = readZip(archive).filter(({ name }) => name.startsWith(EXTENSION));
  if (entries.length === 0) throw new ZipError("it has no folder `extension`: it is no VSIX");
  await mkdir(folder, { recursive: true });
  for (const { name, mode, content } of entries) {
    const path = join(folder, name.slice(EXTENSION.length));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await content(), { mode: (mode ?? 0) & 0o111 ? 0o755 : 0o644 });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
