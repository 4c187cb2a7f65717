import type { NoCredential } from "../../base/failure.ts";

/** What a host takes. */
export interface Credential {
  readonly username: string;
  readonly password: string;
  /** By the wall clock; null when nobody has said when. */
  readonly expiresMs: number | null;
}

/** What came of asking a source. */
export type Found =
  | { readonly id: "found"; readonly credential: Credential }
  /** `passing`: it may be had a little later, and one from before still counts. */
  | { readonly id: "none"; readonly why: NoCredential["why"]; readonly passing: boolean };

export function none(why: NoCredential["why"], { passing = false } = {}): Found {
  return { id: "none", why, passing };
}
