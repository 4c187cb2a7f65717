import type { StrategyName } from "../strategies/strategy.ts";

export type ItemResult =
  | "linked"
  | "copied"
  | "reflinked"
  | "hardlinked"
  | "present"
  | "gated"
  | "conflict"
  | "missing";

/** The result of an install for one entry. */
export interface InstallItem {
  readonly path: string;
  readonly result: ItemResult;
  /** How it was installed, now or earlier; only when it is installed. */
  readonly strategy?: StrategyName;
  /** The size of its files; only when it is installed. */
  readonly bytes?: number;
  /** The reason for the result, and other remarks. */
  readonly reason?: string;
}
