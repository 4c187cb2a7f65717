import type { InputProblem } from "../base/failure.ts";
import type { BootMode, BuildRecord, RuntimeEvent } from "../protocol/index.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** A config, or a part of one, as a file has it (docs/config.md). */
export type WrittenConfig = Readonly<Record<string, unknown>>;

/**
 * The system that starts a sandbox (docs/platforms.md). What its environment means, and which policy it has for hooks, bridge
 * and addresses, is configuration: a platform fills it in, and everything else reads the configuration alone.
 */
export interface Platform {
  readonly name: string;
  /**
   * The environment in the words of docs/config.md. Only the configuration reads it: processes inherit the original.
   *
   * @param problems - Wrong values are added here.
   */
  readonly environment: (env: Env, problems: InputProblem[]) => Env;
  /**
   * What a config file need not say on this platform. The file's own keys win.
   *
   * @param problems - Wrong values are added here.
   */
  readonly defaults: (start: PlatformStart, problems: InputProblem[]) => WrittenConfig;
  /** Variables that no process inherits. */
  readonly withheld: readonly string[];
  /** What the callbacks of a build carry (`build.callback`). */
  readonly buildMessages: BuildMessages;
  /** Follows a boot from before its first process to the end of the sandbox. Null: the system reads nothing of ours. */
  readonly follow: ((boot: FollowedBoot) => Follower) | null;
}

export interface BuildMessages {
  /** @param built.durationMs - From the start of the runtime. */
  readonly built: (built: {
    readonly record: BuildRecord;
    readonly durationMs: number;
    readonly env: Env;
  }) => object;
  /** @param failed.error - One line. */
  readonly failed: (failed: { readonly error: string; readonly env: Env }) => object;
}

/** What is known before the config file is applied. */
export interface PlatformStart {
  readonly env: Env;
  readonly mode: BootMode;
  /** The config file as it was read: nobody has checked it yet. */
  readonly file: WrittenConfig;
}

/** What follows a boot until it is disposed of. */
export interface Follower extends Disposable {
  /** How the control plane takes a fatal error, where not by the runtime's own route (docs/control-plane.md). Null: by that. */
  readonly fatalReport: ((failed: BootFailed) => FatalReport) | null;
}

export type BootFailed = Extract<RuntimeEvent, { readonly type: "boot.failed" }>;

/** A POST to the control plane, below its URL and with its token. */
export interface FatalReport {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** A boot, as far as a platform needs to know it. */
export interface FollowedBoot {
  readonly mode: BootMode;
  readonly env: Env;
  readonly workspace: string;
  readonly repositories: readonly PlatformRepository[];
  /** Calls `listener` for every event from now on. @returns the call that ends this. */
  readonly subscribe: (listener: (event: RuntimeEvent) => void) => () => void;
  /** Hides secrets in a text that is sent. What an event has is redacted already. */
  readonly redact: (text: string) => string;
  /** Reports a file that could not be written. The boot goes on. */
  readonly warn: (path: string, error: unknown) => void;
}

export interface PlatformRepository {
  readonly name: string;
  readonly url: string;
  /** Null: the remote's default. */
  readonly branch: string | null;
  readonly path: string;
}
