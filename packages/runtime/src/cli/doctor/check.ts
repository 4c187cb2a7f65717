import type { Config } from "../../config/config.ts";

/** What a check found: whether a boot will work, and what to do when it will not. */
export type Finding =
  | { readonly status: "ok"; readonly message: string }
  /** It works, and not as well as it could. */
  | { readonly status: "warn"; readonly message: string; readonly hint: string }
  /** A boot with this configuration does not work. */
  | { readonly status: "fail"; readonly message: string; readonly hint: string };

export interface CheckContext {
  readonly config: Config;
  /** Aborted when the doctor is told to end. */
  readonly signal: AbortSignal;
}

/** One thing that a boot needs. A check changes nothing that stays. */
export interface Check {
  /** A word for it, as in `git`. */
  readonly id: string;
  /** None when it does not concern this configuration. */
  run(context: CheckContext): Promise<readonly Finding[]>;
}
