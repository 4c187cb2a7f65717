const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const IN_A_MINUTE = 2;
const IN_AN_HOUR = 12;

/**
 * Slows down who guesses a password: twelve wrong tries an hour, and two a minute beyond those, as code-server's own login
 * allows. All clients are counted together, so many addresses do not make a guesser faster. Whoever guesses without a pause
 * takes the owner's tries, too; who has logged in stays so.
 *
 * @see https://github.com/coder/code-server/blob/v4.139.1/src/node/routes/login.ts
 */
export class WrongTries {
  readonly #nowMs: () => number;
  /** When they were, oldest first. */
  #atMs: number[] = [];

  /** @param nowMs - Milliseconds, monotonic. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Milliseconds until the next try is looked at; 0 when it may be now. */
  waitMs(): number {
    const nowMs = this.#nowMs();
    this.#atMs = this.#atMs.filter((atMs) => nowMs - atMs < HOUR_MS);
    if (this.#atMs.length < IN_AN_HOUR) return 0;
    const earlier = this.#atMs.at(-IN_A_MINUTE) ?? 0;
    return Math.max(0, earlier + MINUTE_MS - nowMs);
  }

  note(): void {
    this.#atMs.push(this.#nowMs());
  }
}
