import type { IncomingHttpHeaders } from "node:http";
import type { Address } from "../base/node-http.ts";
import type { Gate } from "./gate.ts";

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The server behind a bridge. */
export interface Destination {
  readonly upstream: Address;
  /** Removes from a request what is meant for us alone. Default: `authorization`. */
  readonly withoutCredentials?: (headers: IncomingHttpHeaders) => IncomingHttpHeaders;
  /** Headers for requests that do not have them. Names in lower case. */
  readonly defaultHeaders?: () => Headers;
  /** Headers that the server asks for. They replace those of the request. Names in lower case. */
  readonly access?: Headers;
  /** Called for each request that is sent to the agent; null when nobody wants to know of its answer. */
  readonly watch?: (method: string, path: string) => Watch | null;
}

/** A way to a server: requests wait at its gate. */
export interface Door extends Destination {
  readonly gate: Gate;
  /** Who is behind it, of several; for refused requests. */
  readonly agent?: string;
  /** The present state of the boot, for refused requests. */
  readonly progress: () => string;
}

/** Is told how an answer comes. Nothing of its content. */
export interface Watch {
  head(status: number): void;
  /** Called at each piece of the body. */
  byte(): void;
  /** The answer has come whole. */
  end(): void;
}
