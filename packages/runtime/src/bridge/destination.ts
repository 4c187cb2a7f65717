import type { Headers } from "./headers.ts";

/** Where a bridge leads. */
export interface Destination {
  readonly upstream: URL;
  /** What a request gets that does not bring its own, by names in lower case. */
  readonly defaultHeaders?: () => Headers;
}
