import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { causeOf } from "../../base/failed.ts";
import { makeFolder } from "../../base/folder.ts";
import { readText, replaceFile } from "../../base/text-file.ts";
import type { RuntimeWarning } from "../../base/warning.ts";
import type { Message } from "./message.ts";

/** A message and its place in the queue. */
export interface OutboxEntry {
  readonly name: string;
  readonly message: Message;
}

export interface OutboxOptions {
  readonly folder: string;
  /** Another folder of an earlier runtime. Its messages of this sandbox are taken over, and it is removed. Null: none. */
  readonly inherited: string | null;
  /** Messages of other sandboxes are removed: they came with an image or a snapshot. */
  readonly sandboxId: string;
  /** How many messages may wait. Above that, the oldest phase or change of state is dropped, because a newer one follows it. */
  readonly maxMessages: number;
  readonly warn: (warning: RuntimeWarning) => void;
}

/**
 * The messages that are not delivered yet, in order. Each is a file, so that it survives the runtime. A message that cannot
 * be written is kept in memory: it may be lost in a crash, but usually it is still delivered.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #queue: OutboxEntry[];
  #next: number;

  private constructor(options: OutboxOptions, queue: OutboxEntry[], next: number) {
    this.#options = options;
    this.#queue = queue;
    this.#next = next;
  }

  /** Reads the messages that earlier runtimes could not deliver. Never fails. */
  static async open(options: OutboxOptions): Promise<Outbox> {
    const { folder, inherited, sandboxId, warn } = options;
    let queue: readonly OutboxEntry[] = [];
    try {
      makeFolder(folder, 0o700);
      queue = await entriesIn(folder, sandboxId);
    } catch (error) {
      warn({ code: "outbox-unusable", path: folder, cause: causeOf(error, folder) });
    }
    const last = Number.parseInt(queue.at(-1)?.name ?? "0", 10);
    const outbox = new Outbox(options, [...queue], last + 1);
    if (inherited !== null) await outbox.#inherit(inherited);
    return outbox;
  }

  get size(): number {
    return this.#queue.length;
  }

  get head(): OutboxEntry | undefined {
    return this.#queue[0];
  }

  /** Adds a message at the end. Resolves when it is on the disk, or cannot be written. */
  async put(message: Message): Promise<void> {
    const { folder, maxMessages, warn } = this.#options;
    const name = `${String(this.#next++).padStart(12, "0")}.json`;
    this.#queue.push({ name, message });
    while (this.#queue.length > maxMessages) await this.remove(this.#leastNeeded());
    const path = join(folder, name);
    try {
      await replaceFile(path, JSON.stringify(message), { mode: 0o600 });
      // It may have been delivered or dropped in the meantime.
      if (!this.#queue.some((each) => each.name === name)) await rm(path, { force: true });
    } catch (error) {
      warn({ code: "outbox-unusable", path: folder, cause: causeOf(error, path) });
    }
  }

  /** Removes a message that has been delivered, refused or dropped. */
  async remove(entry: OutboxEntry): Promise<void> {
    const at = this.#queue.indexOf(entry);
    if (at >= 0) this.#queue.splice(at, 1);
    await rm(join(this.#options.folder, entry.name), { force: true }).catch(() => {});
  }

  async #inherit(folder: string): Promise<void> {
    // There may be none, and what it holds may be of anybody.
    const entries = await entriesIn(folder, this.#options.sandboxId).catch(() => []);
    for (const { message } of entries) await this.put(message);
    await rm(folder, { recursive: true, force: true }).catch(() => {});
  }

  #leastNeeded(): OutboxEntry {
    // Not the first, which may be being sent right now.
    const [, ...others] = this.#queue;
    const found =
      others.find(({ message: { kind } }) => kind === "phase" || kind === "state") ?? others[0];
    if (found === undefined) throw new Error("there is no message to drop");
    const { maxMessages, warn } = this.#options;
    warn({ code: "outbox-full", maxMessages });
    return found;
  }
}

/** The messages of one sandbox, in order. All else in the folder is removed: half-written files, and messages of others. */
async function entriesIn(folder: string, sandboxId: string): Promise<OutboxEntry[]> {
  const entries: OutboxEntry[] = [];
  for (const name of (await readdir(folder)).toSorted()) {
    const message = NAME.test(name) ? read(join(folder, name)) : null;
    if (message?.sandboxId === sandboxId) entries.push({ name, message });
    else await rm(join(folder, name), { force: true }).catch(() => {});
  }
  return entries;
}

/** A message with a whole report in it. */
const MOST_BYTES = 32 * 1024 * 1024;

const NAME = /^\d{12}\.json$/;

function read(path: string): Message | null {
  try {
    const text = readText(path, { maxBytes: MOST_BYTES });
    const { id, kind, sandboxId, body, route } = JSON.parse(text ?? "null") as Message;
    const known = ["error", "phase", "report", "state"].includes(kind);
    return known && typeof id === "string" && typeof sandboxId === "string"
      ? { id, kind, sandboxId, body, ...(route !== undefined && { route }) }
      : null;
  } catch {
    return null;
  }
}
