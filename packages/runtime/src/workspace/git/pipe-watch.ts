import { constants, type Dirent } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";

/** What git opens in a work tree without a look at its type: `.gitattributes`, `.gitignore`, `.gitmodules`. */
const OPENED = /^\.git[a-z]+$/;

/** Most steps have ended by then. To look at all folders before each of them would cost more than it saves. */
const LOOK_AFTER_MS = 500;

/** Looks, while a git runs, whether it waits at a named pipe somewhere in the work tree. Disposing of it ends the search. */
export class PipeWatch implements Disposable {
  readonly #found = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #path: string | null = null;
  #isOver = false;

  /** @param folder - The work tree; undefined for a git without one. */
  constructor(folder: string | undefined) {
    this.#timer = setTimeout(() => {
      if (folder !== undefined) void this.#search(folder);
    }, LOOK_AFTER_MS);
  }

  /** Aborted when there is such a pipe. */
  get found(): AbortSignal {
    return this.#found.signal;
  }

  /** The pipe. */
  get path(): string | null {
    return this.#path;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  async #search(folder: string): Promise<void> {
    const folders = [folder];
    for (let next = folders.pop(); next !== undefined && !this.#isOver; next = folders.pop()) {
      for (const entry of await entriesOf(next)) {
        const path = join(next, entry.name);
        if (entry.isDirectory() && entry.name !== ".git") folders.push(path);
        if (!entry.isFIFO() || !OPENED.test(entry.name) || !(await isWaitedAt(path))) continue;
        this.#path = path;
        this.#found.abort();
        return;
      }
    }
  }
}

/** Whether somebody waits for a writer: otherwise a pipe cannot be opened for writing without waiting (fifo(7)). */
async function isWaitedAt(path: string): Promise<boolean> {
  try {
    const pipe = await open(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    await pipe.close();
    return true;
  } catch {
    return false;
  }
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  return await readdir(folder, { withFileTypes: true }).catch(() => []);
}
