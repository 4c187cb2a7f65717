import type { Config } from "../../config/config.ts";

/** What a check found, and what to do about it. */
export type Finding =
  | { readonly status: "ok"; readonly message: string }
  /** A boot works, but not as well as it could. */
  | { readonly status: "warn"; readonly message: string; readonly hint: string }
  /** A boot with this configuration does not work. */
  | { readonly status: "fail"; readonly message: string; readonly hint: string };

export interface CheckContext {
  readonly config: Config;
  /** Aborted when the doctor is interrupted. */
  readonly signal: AbortSignal;
}

/** A check of one thing that a boot needs. It leaves nothing behind. */
export interface Check {
  /** One word or two, e.g. `git`. */
  readonly id: string;
  /** @returns No finding when the check does not apply to this configuration. */
  run(context: CheckContext): Promise<readonly Finding[]>;
}
