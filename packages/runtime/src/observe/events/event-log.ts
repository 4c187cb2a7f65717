import { constants, type FileHandle, open, rename } from "node:fs/promises";
import { causeOf } from "../../base/failed.ts";
import type { RuntimeWarning } from "../../base/warning.ts";
import type { RuntimeEvent } from "../../protocol/index.ts";
import type { EventBus } from "./bus.ts";

export interface EventLogOptions {
  readonly path: string;
  /** The size at which the file is renamed to {@link olderThan} and a new one begins. */
  readonly maxBytes?: number;
  /** How many characters may wait for a slow disk. Events beyond that are not written. */
  readonly maxWaiting?: number;
  /** How the file is opened. Default: a regular file, without following a link. */
  readonly open?: (path: string) => Promise<FileHandle>;
  /** Called at the first problem with the disk, and the first line of output that is left out. */
  readonly warn: (warning: RuntimeWarning) => void;
}

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;

/** Neither waits at a named pipe nor follows a link: the state folder belongs to the user that hooks run as. */
const APPENDING = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;

async function openToAppend(path: string): Promise<FileHandle> {
  const file = await open(path, APPENDING, 0o600);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Error("it is not a regular file");
}

const PIECES_PER_FILE = 8;

/** How much of a file lines of output may take. So only other events can fill it, and push out what the older file has. */
const OUTPUT_SHARE = 0.5;

/** The path of the file before the current one. */
export function olderThan(path: string): string {
  return path.replace(/(\.[^./]*)?$/, ".1$1");
}

/**
 * Appends every event to a file, as a line of JSON, for use after the runtime has ended. `emit` never waits for the disk:
 * events that come during a write are written together by the next one.
 */
export class EventLog implements AsyncDisposable {
  readonly #options: Required<EventLogOptions>;
  readonly #unsubscribe: () => void;
  #file: FileHandle | undefined;
  #bytes = 0;
  /** Characters of output since the current file was begun or opened. */
  #outputChars = 0;
  #outputIsFull = false;
  #waiting: string[] = [];
  #waitingChars = 0;
  #lost = 0;
  readonly #warned = new Set<string>();
  /** The last line may be incomplete. The next write begins with a newline. */
  #torn = false;
  #writing: Promise<void> | undefined;

  constructor(bus: EventBus, options: EventLogOptions) {
    this.#options = { maxBytes: 10_000_000, maxWaiting: 8_000_000, open: openToAppend, ...options };
    this.#unsubscribe = bus.subscribe((event) => this.#take(event));
  }

  /** Resolves when everything is written that has come so far. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** Writes what is left and closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    await this.#writing;
    await this.#file?.close();
  }

  #take(event: RuntimeEvent): void {
    const line = `${JSON.stringify(event)}\n`;
    if (event.type === "phase.output" && !this.#hasRoomForOutput(line)) {
      this.#outputIsFull = true;
    } else if (this.#waitingChars + line.length > this.#options.maxWaiting) {
      this.#lost += 1;
      return;
    } else {
      this.#waiting.push(line);
      this.#waitingChars += line.length;
    }
    // In the next turn of the event loop: code that waits for the event runs first.
    this.#writing ??= new Promise((resolve) => {
      setImmediate(() => resolve(this.#drain()));
    });
  }

  #hasRoomForOutput(line: string): boolean {
    if (this.#outputChars + line.length > this.#options.maxBytes * OUTPUT_SHARE) return false;
    this.#outputChars += line.length;
    return true;
  }

  async #drain(): Promise<void> {
    const { path } = this.#options;
    if (this.#outputIsFull) this.#warn({ code: "output-not-logged", path });
    while (this.#waiting.length > 0) {
      const text = this.#nextPiece();
      const lost = this.#lost;
      this.#lost = 0;
      try {
        if (lost > 0) this.#warn({ code: "events-lost", path, events: lost });
        await this.#write(text);
      } catch (error) {
        this.#torn = true;
        this.#warn({ code: "events-not-written", path, cause: causeOf(error, path) });
      }
    }
    this.#writing = undefined;
  }

  /** The text for one write: as much as possible, but small compared with a whole file, so that files are about full. */
  #nextPiece(): string {
    const maxChars = this.#options.maxBytes / PIECES_PER_FILE;
    let [text = ""] = this.#waiting;
    let lines = 1;
    for (; lines < this.#waiting.length; lines++) {
      const line = this.#waiting[lines] ?? "";
      if (text.length + line.length > maxChars) break;
      text += line;
    }
    this.#waiting = this.#waiting.slice(lines);
    this.#waitingChars -= text.length;
    return text;
  }

  async #write(text: string): Promise<void> {
    const { path, maxBytes } = this.#options;
    let file = await this.#opened();
    const bytes = Buffer.from(this.#torn ? `\n${text}` : text);
    if (this.#bytes > 0 && this.#bytes + bytes.length > maxBytes) {
      await file.close();
      this.#file = undefined;
      await rename(path, olderThan(path));
      this.#outputChars = 0;
      file = await this.#opened();
    }
    await file.appendFile(bytes);
    this.#bytes += bytes.length;
    this.#torn = false;
  }

  async #opened(): Promise<FileHandle> {
    if (this.#file !== undefined) return this.#file;
    const file = await this.#options.open(this.#options.path);
    this.#file = file;
    const { size } = await file.stat();
    this.#bytes = size;
    if (size > 0) {
      // A runtime that was killed may have left an incomplete line.
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
      this.#torn ||= buffer[0] !== 0x0a;
    }
    return file;
  }

  #warn(warning: RuntimeWarning): void {
    // A disk that is slow or full is one problem.
    const problem = warning.code === "output-not-logged" ? "output" : "disk";
    if (this.#warned.has(problem)) return;
    this.#warned.add(problem);
    this.#options.warn(warning);
  }
}
