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

/** What an install did with one entry. */
export interface InstallItem {
  readonly path: string;
  readonly result: ItemResult;
  /** How it got there, now or by an earlier install; only when it is there. */
  readonly strategy?: StrategyName;
  /** Bytes of its files; only when it is there. */
  readonly bytes?: number;
  /** Why so, and what else is to be said. */
  readonly reason?: string;
}
