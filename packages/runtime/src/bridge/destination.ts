import type { Headers } from "./headers.ts";

/** The server behind a bridge. */
export interface Destination {
  readonly upstream: URL;
  /** Headers for requests that do not have them. Names in lower case. */
  readonly defaultHeaders?: () => Headers;
}
