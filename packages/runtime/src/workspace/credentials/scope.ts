import type { CredentialConfig } from "../../config/git-schema.ts";

/** What git wants a credential for, as it says it. */
export interface Wanted {
  readonly protocol: string;
  readonly host: string;
  readonly username?: string | undefined;
}

export type Scope =
  | { readonly id: "ours"; readonly config: CredentialConfig }
  /** `why` is for those who ask why they got nothing. */
  | { readonly id: "others"; readonly why: string };

/**
 * Which configured host a request is for. The comparison is letter by letter: what only looks like a configured host
 * (another case, a final dot, a user before it, a port) gets nothing.
 */
export function scopeOf(
  { protocol, host }: Wanted,
  credentials: readonly CredentialConfig[],
): Scope {
  if (protocol !== "https") {
    return others(`only https gets credentials, and this is ${JSON.stringify(protocol)}`);
  }
  const config = credentials.find((each) => each.host === host);
  if (config !== undefined) return { id: "ours", config };
  const hosts = credentials.map((each) => each.host).join(", ") || "no host";
  return others(`${JSON.stringify(host)} is none of the hosts of git.credentials (${hosts})`);
}

/** Whether git asked for the password of this user, or of any. */
export function isForUser({ username }: Wanted, ours: string): boolean {
  return username === undefined || username === "" || username === ours;
}

function others(why: string): Scope {
  return { id: "others", why };
}
