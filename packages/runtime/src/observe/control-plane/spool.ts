import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../../base/replace-file.ts";
import { causeOf } from "../../base/system-error.ts";
import type { RuntimeWarning } from "../../base/warning.ts";
import type { Message } from "./message.ts";

/** A message and its place in the queue. */
export interface Spooled {
  readonly name: string;
  readonly message: Message;
}

export interface SpoolOptions {
  readonly folder: string;
  /** What lies there for another one came with an image or a snapshot: it is not ours to tell. */
  readonly sandboxId: string;
  /** How many may wait; above it the oldest state change goes first: a newer one says more. */
  readonly maxMessages: number;
  readonly warn: (warning: RuntimeWarning) => void;
}

/**
 * What is still to be told, in order: a file a message, whole or not there, so that it outlives the runtime. Where the
 * disk refuses, a message is kept in memory: told late by nobody is worse than lost at a crash.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #queue: Spooled[];
  #next: number;

  private constructor(options: SpoolOptions, queue: Spooled[], next: number) {
    this.#options = options;
    this.#queue = queue;
    this.#next = next;
  }

  /** Takes up what the runtimes before this one could not tell. Never fails. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const { folder, sandboxId, warn } = options;
    const queue: Spooled[] = [];
    let names: string[] = [];
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      names = (await readdir(folder)).toSorted();
    } catch (error) {
      warn({ code: "outbox-unusable", path: folder, cause: causeOf(error, folder) });
    }
    for (const name of names) {
      const message = NAME.test(name) ? await read(join(folder, name)) : null;
      if (message?.sandboxId === sandboxId) queue.push({ name, message });
      // Half-written, or none of ours.
      else await rm(join(folder, name), { force: true }).catch(() => {});
    }
    const last = Number.parseInt(queue.at(-1)?.name ?? "0", 10);
    return new Spool(options, queue, last + 1);
  }

  get size(): number {
    return this.#queue.length;
  }

  get head(): Spooled | undefined {
    return this.#queue[0];
  }

  /** Adds one at the end; resolves when it is on the disk, or cannot be. */
  async put(message: Message): Promise<void> {
    const { folder, maxMessages, warn } = this.#options;
    const name = `${String(this.#next++).padStart(12, "0")}.json`;
    this.#queue.push({ name, message });
    while (this.#queue.length > maxMessages) await this.remove(this.#mostDispensable());
    const path = join(folder, name);
    try {
      await replaceFile(path, JSON.stringify(message), { mode: 0o600 });
      // It may have been told, or given up, in the meantime.
      if (!this.#queue.some((each) => each.name === name)) await rm(path, { force: true });
    } catch (error) {
      warn({ code: "outbox-unusable", path: folder, cause: causeOf(error, path) });
    }
  }

  /** It has been told, or never can be. */
  async remove(entry: Spooled): Promise<void> {
    const at = this.#queue.indexOf(entry);
    if (at >= 0) this.#queue.splice(at, 1);
    await rm(join(this.#options.folder, entry.name), { force: true }).catch(() => {});
  }

  #mostDispensable(): Spooled {
    // Not the first: it may be on its way right now.
    const [, ...others] = this.#queue;
    const found = others.find(({ message }) => message.kind === "state") ?? others[0];
    if (found === undefined) throw new Error("an empty spool has nothing to give up");
    const { maxMessages, warn } = this.#options;
    warn({ code: "outbox-full", maxMessages });
    return found;
  }
}

const NAME = /^\d{12}\.json$/;

async function read(path: string): Promise<Message | null> {
  try {
    const { id, kind, sandboxId, body } = JSON.parse(await readFile(path, "utf8")) as Message;
    const known = kind === "error" || kind === "report" || kind === "state";
    return known && typeof id === "string" && typeof sandboxId === "string"
      ? { id, kind, sandboxId, body }
      : null;
  } catch {
    return null;
  }
}
