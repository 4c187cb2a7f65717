import { createServer } from "node:http";
import { serve } from "./serve.ts";

export interface CredentialSource {
  readonly url: string;
  /** The passwords that it has given, in order. */
  readonly given: readonly string[];
  /** The `Authorization` of each question. */
  readonly authorizations: readonly (string | undefined)[];
}

/**
 * A platform that gives git a new password at each question: `t0ken-of-git-1`, `t0ken-of-git-2`, …
 *
 * @param lifeMs - How long each is good for, as it says itself.
 */
export async function startCredentialSource(lifeMs = 3_600_000): Promise<CredentialSource> {
  const given: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    authorizations.push(request.headers.authorization);
    const password = `t0ken-of-git-${given.length + 1}`;
    given.push(password);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ password, expires_at_epoch_ms: Date.now() + lifeMs }));
  });
  return { url: `http://127.0.0.1:${await serve(server)}/credentials`, given, authorizations };
}
