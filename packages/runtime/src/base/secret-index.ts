/** Characters by which a secret is looked up. No secret is shorter. */
export const SHORTEST_SECRET = 4;

/** Hashes of beginnings. */
const HASHES = 2 ** 16;

/**
 * Finds known secrets in text, in one pass over the text, however many secrets there are and however long they are. A regular
 * expression of all of them would be refused above some 300 KB, by an error that has all of them in its message.
 */
export class SecretIndex {
  /** How often each was added and not removed. */
  readonly #counts = new Map<string, number>();
  /** By their first characters, the longest first: one within a longer one must not match in its place. */
  readonly #byStart = new Map<string, string[]>();
  /** 1 for each hash that a beginning has. So most places of a text are passed without a look into the map. */
  readonly #starts = new Uint8Array(HASHES);
  #longest = 0;

  /** @param secrets - Each of at least {@link SHORTEST_SECRET} characters. */
  add(secrets: readonly string[]): void {
    for (const secret of secrets) {
      const count = this.#counts.get(secret) ?? 0;
      this.#counts.set(secret, count + 1);
      if (count === 0) this.#insert(secret);
    }
  }

  /** Takes back one {@link add} of each. */
  remove(secrets: readonly string[]): void {
    for (const secret of secrets) {
      const count = this.#counts.get(secret) ?? 0;
      if (count > 1) this.#counts.set(secret, count - 1);
      else this.#delete(secret);
    }
  }

  /** @returns The text with `replacement` in place of every secret. */
  replaceIn(text: string, replacement: string): string {
    let result = "";
    let end = 0;
    for (let at = this.#nextLikely(text, 0); at >= 0; ) {
      const found = this.#beginningLike(text, at).find((secret) => text.startsWith(secret, at));
      if (found !== undefined) {
        result += text.slice(end, at) + replacement;
        end = at + found.length;
      }
      at = this.#nextLikely(text, found === undefined ? at + 1 : end);
    }
    return end === 0 ? text : result + text.slice(end);
  }

  /** @returns Where a secret begins whose end is not in the text any more; the text's length when there is none. */
  beginningOfLast(text: string): number {
    const first = Math.max(0, text.length - this.#longest);
    for (let at = first; at < text.length; at++) {
      const rest = text.slice(at);
      const isBeginning = (secret: string) => secret.startsWith(rest);
      const possible =
        rest.length < SHORTEST_SECRET ? [...this.#counts.keys()] : this.#beginningLike(text, at);
      if (possible.some(isBeginning)) return at;
    }
    return text.length;
  }

  #insert(secret: string): void {
    const start = secret.slice(0, SHORTEST_SECRET);
    const same = this.#byStart.get(start) ?? [];
    this.#byStart.set(start, same);
    const shorter = same.findIndex(({ length }) => length < secret.length);
    same.splice(shorter < 0 ? same.length : shorter, 0, secret);
    const codes = Array.from({ length: SHORTEST_SECRET }, (_, at) => secret.charCodeAt(at));
    this.#starts[codes.reduce(nextHash, 0)] = 1;
    this.#longest = Math.max(this.#longest, secret.length);
  }

  #delete(secret: string): void {
    const start = secret.slice(0, SHORTEST_SECRET);
    const others = this.#byStart.get(start)?.filter((other) => other !== secret) ?? [];
    if (others.length === 0) this.#byStart.delete(start);
    else this.#byStart.set(start, others);
    this.#counts.delete(secret);
  }

  /** The next place at which a secret may begin, by the hash; -1 when there is none. */
  #nextLikely(text: string, from: number): number {
    const starts = this.#starts;
    const last = SHORTEST_SECRET - 1;
    let hash = 0;
    for (let at = from; at < text.length; at++) {
      hash = nextHash(hash, text.charCodeAt(at));
      if (starts[hash] === 1 && at >= from + last) return at - last;
    }
    return -1;
  }

  #beginningLike(text: string, at: number): readonly string[] {
    return this.#byStart.get(text.slice(at, at + SHORTEST_SECRET)) ?? NONE;
  }
}

const NONE: readonly string[] = [];

/** With the next character. Those before the last {@link SHORTEST_SECRET} are shifted out of it. */
function nextHash(hash: number, code: number): number {
  return ((hash << 4) ^ code) & (HASHES - 1);
}
