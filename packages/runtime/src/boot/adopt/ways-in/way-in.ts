import type { RuntimeWarning } from "../../../base/warning.ts";
import type { Config } from "../../../config/config.ts";
import type { AdoptResult } from "../../../protocol/index.ts";

/** What a way in works with. */
export interface WayInParts {
  readonly config: Config;
  /**
   * Binds the seed. Whoever sends the same id again gets the same answer.
   *
   * @param source - What the document came by, for messages.
   * @throws as `answerAdopt`.
   */
  readonly bind: (document: unknown, source: string) => Promise<AdoptResult>;
  readonly warn: (warning: RuntimeWarning) => void;
}

/** Looks for a binding from when the seed is up until it is disposed of. Null when the config does not want this way. */
export type WayIn = (parts: WayInParts) => AsyncDisposable | null;
