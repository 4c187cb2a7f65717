import { createHash } from "node:crypto";
import type { Clock } from "../../base/clock.ts";
import type { NoCredential } from "../../base/failure.ts";
import type { Redactor } from "../../base/redact.ts";
import { shownUrl } from "../../base/shown-url.ts";
import type { timeLimit } from "../../base/timers.ts";
import { inheritedEnv } from "../../config/child-env.ts";
import type { Config } from "../../config/config.ts";
import type { CredentialConfig } from "../../config/git-schema.ts";
import { milliseconds } from "../../config/milliseconds.ts";
import type { Grace } from "../../process/grace.ts";
import type { GitCredentialAnswer, GitCredentialRequest } from "../../protocol/git-credential.ts";
import { askCommand } from "./ask-command.ts";
import { askFile } from "./ask-file.ts";
import { askUrl } from "./ask-url.ts";
import { type Credential, type Found, none } from "./credential.ts";
import { type Kept, KeptCredentials } from "./kept-credentials.ts";
import { readAnswer } from "./read-answer.ts";
import { isForUser, scopeOf } from "./scope.ts";

export interface BrokerOptions {
  /** The configuration that holds now. */
  readonly present: () => Pick<Config, "git" | "env" | "mode" | "stateDir">;
  /** Where credentials are kept until they expire. */
  readonly path: string;
  readonly clock: Clock;
  readonly timeLimit: typeof timeLimit;
  readonly redactor: Pick<Redactor, "hide">;
  readonly grace: Grace;
  /** A source has no credential for its host. */
  readonly warn: (problem: NoCredential) => void;
}

export type BrokerAnswer =
  | { readonly id: "answered"; readonly answer: GitCredentialAnswer }
  /** The source of a configured host has none. */
  | { readonly id: "none"; readonly problem: NoCredential };

type Got =
  | { readonly id: "got"; readonly credential: Credential }
  | Extract<BrokerAnswer, { readonly id: "none" }>;

/** A new credential is asked for so long before the old one expires, or in the last fifth of a short life. */
const EARLY_MS = 5 * 60_000;
const EARLY_SHARE = 0.2;

/** How long one is used that does not say when it expires. */
const UNDATED_MS = 5 * 60_000;

/** The redactor knows so many of the last passwords. One that expired long ago opens nothing. */
const MOST_HIDDEN = 64;

/**
 * Gets the credentials of git's remotes from where the configuration says, one question at a time per host, and keeps them
 * until shortly before they expire.
 */
export class CredentialBroker {
  readonly #options: BrokerOptions;
  readonly #kept: KeptCredentials;
  readonly #asking = new Map<string, Promise<Got>>();
  /** The calls that make the redactor forget a password, by password; oldest first. */
  readonly #hidden = new Map<string, () => void>();
  /** The last problem of a host that was warned of. */
  readonly #warned = new Map<string, string>();
  readonly #ending = new AbortController();
  /** Rises when another configuration holds: an answer to an older question is for nobody. */
  #era = 0;
  #rejections = 0;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#kept = new KeptCredentials(options.path);
    for (const { credential } of this.#kept.values()) this.#hide(credential.password);
  }

  /** How often a remote has not taken a password that was not rejected before. */
  get rejections(): number {
    return this.#rejections;
  }

  /** Answers what git asks. */
  async answer(request: GitCredentialRequest): Promise<BrokerAnswer> {
    const { credentials } = this.#options.present().git;
    const scope = scopeOf(request, credentials);
    if (scope.id === "others") return answered({ credential: null, reason: scope.why });
    if (request.action === "erase") {
      await this.#reject(scope.config, request.password);
      return answered({ credential: null });
    }
    const got = await this.#get(scope.config);
    if (got.id === "none") return got;
    const { username, password, expiresMs } = got.credential;
    if (!isForUser(request, username)) {
      const reason = `the password is that of ${JSON.stringify(username)}, and git asked for another user's`;
      return answered({ credential: null, reason });
    }
    const expiresAt = expiresMs === null ? null : new Date(expiresMs).toISOString();
    return answered({ credential: { username, password, expiresAt } });
  }

  /** Forgets every credential: another configuration holds. */
  forget(): void {
    this.#era++;
    this.#asking.clear();
    this.#warned.clear();
    this.#kept.clear();
  }

  /** Forgets every credential, and keeps none until {@link thaw}: a snapshot is going to be taken. */
  freeze(): void {
    this.#kept.pause();
  }

  thaw(): void {
    this.#kept.resume();
  }

  /** Ends the questions that are under way, and removes what is kept. */
  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.allSettled(this.#asking.values());
    await this.#kept.settled();
    this.#kept.clear();
  }

  async #reject(config: CredentialConfig, password: string | undefined): Promise<void> {
    const kept = this.#kept.get(config.host);
    // Many gits may have used the old one. The first of them takes it away, and the others must not take away the new one.
    if (kept !== undefined && password !== undefined && password !== kept.credential.password) {
      return;
    }
    if (kept !== undefined || isUnkept(config)) this.#rejections++;
    await this.#kept.delete(config.host);
  }

  async #get(config: CredentialConfig): Promise<Got> {
    const { host } = config;
    const source = identityOf(config);
    const kept = this.#kept.get(host);
    if (kept !== undefined && kept.source === source && !this.#isDue(kept)) {
      return got(kept.credential);
    }
    const usable = kept?.source === source ? kept : undefined;
    const under = this.#asking.get(host);
    if (under !== undefined) return await under;
    const asked = this.#ask(config, source, usable).finally(() => {
      if (this.#asking.get(host) === asked) this.#asking.delete(host);
    });
    this.#asking.set(host, asked);
    return await asked;
  }

  /** @param old - One that still counts when a new one cannot be had right now. */
  async #ask(config: CredentialConfig, source: string, old: Kept | undefined): Promise<Got> {
    const era = this.#era;
    const found = this.#withoutExpired(await this.#askSource(config));
    const { host } = config;
    const problemOf = (why: NoCredential["why"]) => ({ host, asked: askedOf(config), why });
    if (found.id === "found") {
      const { credential } = found;
      this.#warned.delete(host);
      // Before anything can print it.
      this.#hide(credential.password);
      if (era !== this.#era) return { id: "none", problem: problemOf({ problem: "replaced" }) };
      const kept = { credential, source, sinceMs: this.#wallMs() };
      if (!isUnkept(config)) await this.#kept.set(host, kept);
      return got(credential);
    }
    const problem = problemOf(found.why);
    if (this.#ending.signal.aborted || era !== this.#era) return { id: "none", problem };
    this.#warn(problem);
    const { expiresMs = null } = old?.credential ?? {};
    const stillCounts = expiresMs === null || expiresMs > this.#wallMs();
    return old !== undefined && found.passing && stillCounts
      ? got(old.credential)
      : { id: "none", problem };
  }

  async #askSource(config: CredentialConfig): Promise<Found> {
    const { from, username, seconds, host } = config;
    const { signal } = this.#ending;
    if (signal.aborted) return none({ problem: "ending" });
    const timeoutMs = milliseconds(seconds);
    const { grace, present } = this.#options;
    if (from.url !== undefined) {
      const { url, token } = from;
      const asked = { url, token, username, timeoutMs };
      return await askUrl(asked, signal, this.#options.timeLimit);
    }
    if (from.command !== undefined) {
      const now = present();
      const env = inheritedEnv(now, "git");
      const { command } = from;
      const asked = { command, host, username, timeoutMs, cwd: now.stateDir, env, grace };
      return await askCommand(asked, signal);
    }
    if (from.file !== undefined) return askFile(from.file, username);
    return readAnswer(JSON.stringify({ password: from.password }), username);
  }

  #withoutExpired(found: Found): Found {
    if (found.id === "none") return found;
    const { expiresMs } = found.credential;
    return expiresMs !== null && expiresMs <= this.#wallMs() ? none({ problem: "expired" }) : found;
  }

  #isDue({ credential: { expiresMs }, sinceMs }: Kept): boolean {
    const nowMs = this.#wallMs();
    // A clock that was set back says nothing of its age.
    if (nowMs < sinceMs) return true;
    if (expiresMs === null) return nowMs - sinceMs >= UNDATED_MS;
    const earlyMs = Math.min(EARLY_MS, (expiresMs - sinceMs) * EARLY_SHARE);
    return expiresMs - nowMs <= earlyMs;
  }

  /** A problem that stays is told once. */
  #warn(problem: NoCredential): void {
    const text = JSON.stringify(problem);
    if (this.#warned.get(problem.host) === text) return;
    this.#warned.set(problem.host, text);
    this.#options.warn(problem);
  }

  #hide(password: string): void {
    if (this.#hidden.has(password)) return;
    this.#hidden.set(password, this.#options.redactor.hide([password]));
    const [oldest] = this.#hidden;
    if (oldest === undefined || this.#hidden.size <= MOST_HIDDEN) return;
    this.#hidden.delete(oldest[0]);
    oldest[1]();
  }

  #wallMs(): number {
    return Date.parse(this.#options.clock.isoNow());
  }
}

function answered(answer: GitCredentialAnswer): BrokerAnswer {
  return { id: "answered", answer };
}

function got(credential: Credential): Got {
  return { id: "got", credential };
}

/** A file and a value in the configuration are read anew each time. */
function isUnkept({ from }: CredentialConfig): boolean {
  return from.url === undefined && from.command === undefined;
}

function identityOf(config: CredentialConfig): string {
  return createHash("sha256").update(JSON.stringify(config)).digest("hex");
}

function askedOf({ from: { url, file, command } }: CredentialConfig): string {
  if (url !== undefined) return shownUrl(url);
  return file ?? command?.[0] ?? "git.credentials";
}
