import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** How much of a process's memory is read at once. */
const PIECE_BYTES = 4 * 1024 * 1024;

/**
 * Finds texts in what a process was started with and in its memory.
 *
 * @returns `environ`, `cmdline` and `memory` of the process, each with the text that is there.
 */
export async function searchProcess(pid: number, texts: readonly string[]): Promise<string[]> {
  const found = await searchStart(pid, texts);
  const inMemory = await searchMemory(pid, texts);
  return [...found, ...inMemory.map((text) => `memory: ${text}`)];
}

/** Finds texts in what a process was started with. @returns `environ` and `cmdline`, each with the text that is there. */
export async function searchStart(pid: number, texts: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of ["environ", "cmdline"]) {
    // Nothing of one that has ended meanwhile.
    const content = await readFile(`/proc/${pid}/${name}`).catch(() => Buffer.of());
    found.push(...texts.filter((text) => content.includes(text)).map((text) => `${name}: ${text}`));
  }
  return found;
}

/** Finds texts in all files below a folder; one that goes away meanwhile holds none. @returns path and text. */
export async function searchFiles(folder: string, texts: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    found.push(...texts.filter((text) => content.includes(text)).map((text) => `${path}: ${text}`));
  }
  return found;
}

/** The texts that are in pages which the process has written, as UTF-8 or UTF-16. */
async function searchMemory(pid: number, texts: readonly string[]): Promise<string[]> {
  const wanted = new Map(
    texts.map((text) => [text, [Buffer.from(text), Buffer.from(text, "utf16le")]]),
  );
  const overlap = Math.max(...texts.map((text) => text.length * 2));
  const found = new Set<string>();
  await using memory = await open(`/proc/${pid}/mem`, "r");
  for (const { start, end } of writtenRegions(await readFile(`/proc/${pid}/smaps`, "utf8"))) {
    for (let at = start; at < end; at += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES + overlap, end - at);
      const piece = Buffer.alloc(length);
      // A region may have gone meanwhile.
      const read = await memory.read(piece, 0, length, at).catch(() => null);
      if (read === null) break;
      for (const [text, forms] of wanted) {
        if (forms.some((form) => piece.includes(form))) found.add(text);
      }
    }
  }
  return [...found];
}

/** Regions that can be written and of which something is there. Others are reserved, or files. */
function writtenRegions(smaps: string): { readonly start: number; readonly end: number }[] {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((region) => {
    const [, start, end] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(region) ?? [];
    const isThere = !/^Rss:\s+0 kB/m.test(region);
    if (start === undefined || end === undefined || !isThere) return [];
    return [{ start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) }];
  });
}
