import { rmSync } from "node:fs";
import { causeOf, Failed } from "../base/failed.ts";
import { runtimeWarning } from "../base/warned.ts";
import type { Config } from "../config/config.ts";
import { credentialHelperSettings } from "../config/credential-helper.ts";
import type { Setting } from "../config/git-env.ts";
import { stateFolderAt } from "../config/state-folder.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { GitCredentialAnswer, GitCredentialRequest } from "../protocol/index.ts";
import type { CredentialBroker } from "../workspace/credentials/broker.ts";
import type { setUpCredentials } from "../workspace/credentials/set-up.ts";
import type { PresentConfig } from "./adopt/present-config.ts";

export interface GitCredentialsOptions {
  readonly present: PresentConfig;
  readonly bus: EventBus;
  /** Loads what only a sandbox with credentials needs. */
  readonly load: () => Promise<{
    readonly openBroker: () => CredentialBroker;
    readonly setUp: typeof setUpCredentials;
  }>;
  /** The command that starts `sandboot`. */
  readonly program: readonly string[];
}

/**
 * The credentials of git's remotes, as the configuration that holds now says. Loads nothing for a sandbox that has none.
 *
 *    begin() ──► set up ──another configuration──► set up anew
 */
export class GitCredentials implements AsyncDisposable {
  readonly #options: GitCredentialsOptions;
  #broker: CredentialBroker | null = null;
  /** Resolves when git and gh can find what holds now. */
  #ready: Promise<void> = Promise.resolve();

  constructor(options: GitCredentialsOptions) {
    this.#options = options;
  }

  /** Does what must be done before a git of the sandbox asks. */
  begin(): void {
    const { present, bus } = this.#options;
    const { current } = present;
    if (isConcerned(current)) this.#setUp(current);
    // A killed runtime with another configuration may have left it.
    else rmSync(stateFolderAt(current.stateDir).gitCredentials, { recursive: true, force: true });
    present.subscribe((config) => {
      this.#broker?.forget();
      this.#setUp(config);
    });
    bus.subscribe(({ type }) => {
      if (type === "runtime.frozen") this.#broker?.freeze();
      if (type === "runtime.resumed") this.#broker?.thaw();
    });
  }

  /** For a git of ours that talks to a remote. Nothing in it is secret. */
  async settings(): Promise<readonly Setting[]> {
    await this.#ready;
    return credentialHelperSettings(this.#options.present.current, this.#options.program);
  }

  /** How often a remote has not taken a password of ours. */
  get rejections(): number {
    return this.#broker?.rejections ?? 0;
  }

  /** @throws Failed `no-credential`. */
  async answer(request: GitCredentialRequest): Promise<GitCredentialAnswer> {
    await this.#ready;
    if (this.#broker === null) {
      return { credential: null, reason: "the configuration names no credentials" };
    }
    const answer = await this.#broker.answer(request);
    if (answer.id === "answered") return answer.answer;
    throw new Failed({ code: "no-credential", ...answer.problem });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ready;
    await this.#broker?.close();
  }

  #setUp(config: Config): void {
    const { program, bus, load } = this.#options;
    this.#ready = this.#ready.then(async () => {
      const { gitCredentialConfig: path } = stateFolderAt(config.stateDir);
      try {
        const { openBroker, setUp } = await load();
        if (config.git.credentials.length > 0) this.#broker ??= openBroker();
        await setUp(config, program);
      } catch (error) {
        const cause = causeOf(error, path);
        bus.emit(runtimeWarning({ code: "credentials-not-set-up", path, cause }));
      }
    });
  }
}

/** Whether a git of this sandbox may come to ask. A seed's binding may bring credentials. */
function isConcerned({ git, mode }: Config): boolean {
  return git.credentials.length > 0 || mode === "seed";
}
