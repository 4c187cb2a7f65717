import { rmSync } from "node:fs";
import { isObject } from "../../base/is-object.ts";
import { readSmallFile, replaceFile } from "../../base/text-file.ts";
import type { Credential } from "./credential.ts";

/** A credential that is used until it expires. */
export interface Kept {
  readonly credential: Credential;
  /** Which source it is from, so that a boot with another one does not use it. */
  readonly source: string;
  /** By the wall clock. */
  readonly sinceMs: number;
}

/**
 * Credentials by host, in memory and in a file of mode 0600: a runtime that takes the place of a killed one does not ask
 * again.
 */
export class KeptCredentials {
  readonly #path: string;
  readonly #byHost = new Map<string, Kept>();
  #writing: Promise<void> = Promise.resolve();
  #isPaused = false;

  constructor(path: string) {
    this.#path = path;
    for (const [host, kept] of readKept(path)) this.#byHost.set(host, kept);
  }

  get(host: string): Kept | undefined {
    return this.#byHost.get(host);
  }

  values(): Iterable<Kept> {
    return this.#byHost.values();
  }

  /** Keeps nothing while it is paused. Resolves when the file is written. */
  async set(host: string, kept: Kept): Promise<void> {
    if (this.#isPaused) return;
    this.#byHost.set(host, kept);
    await this.#write();
  }

  async delete(host: string): Promise<void> {
    if (this.#byHost.delete(host)) await this.#write();
  }

  /** Forgets all, and removes the file before it returns. */
  clear(): void {
    this.#byHost.clear();
    this.#remove();
  }

  /** Forgets all, and keeps nothing until {@link resume}: what is in memory and on disk goes into a snapshot. */
  pause(): void {
    this.#isPaused = true;
    this.clear();
  }

  resume(): void {
    this.#isPaused = false;
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** One after the other; each writes what holds then. A file that cannot be written costs the next runtime a question. */
  #write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      if (this.#byHost.size === 0) {
        this.#remove();
        return;
      }
      const text = JSON.stringify(Object.fromEntries(this.#byHost));
      await replaceFile(this.#path, text, { mode: 0o600 }).catch(() => {});
      // It was emptied meanwhile.
      if (this.#byHost.size === 0) this.#remove();
    });
    return this.#writing;
  }

  /** Also what somebody has put in its place. */
  #remove(): void {
    rmSync(this.#path, { recursive: true, force: true });
  }
}

/** What a runtime before this one has left; nothing when it cannot be read. */
function readKept(path: string): [host: string, kept: Kept][] {
  try {
    const file = readSmallFile(path);
    const written: unknown = file.id === "text" ? JSON.parse(file.text) : {};
    return isObject(written)
      ? Object.entries(written).filter((entry): entry is [string, Kept] => isKept(entry[1]))
      : [];
  } catch {
    return [];
  }
}

function isKept(value: unknown): value is Kept {
  if (!isObject(value) || !isObject(value["credential"])) return false;
  const { username, password, expiresMs } = value["credential"];
  return (
    typeof value["source"] === "string" &&
    typeof value["sinceMs"] === "number" &&
    typeof username === "string" &&
    typeof password === "string" &&
    (expiresMs === null || typeof expiresMs === "number")
  );
}
