import type { Env, FatalReport } from "../platform.ts";
import { boundedError, boundedTail } from "./bounds.ts";
import { sessionPath } from "./names.ts";
import type { Identity } from "./repositories.ts";
import { failedStepOf } from "./steps.ts";

interface Failed {
  readonly phase: string;
  readonly failure: {
    readonly message: string;
    readonly outputTail?: readonly string[] | undefined;
  };
  /** Of the line that told of this failure already. */
  readonly seq: number | null;
  readonly repository: Identity | undefined;
  /** What the bridge has written of its own end; null when this is another failure, or it has written nothing. */
  readonly bridgeError: string | null;
}

/** A fatal error for the session, which its page shows at the step that has failed. */
export function fatalReport(
  { phase, failure, seq, repository, bridgeError }: Failed,
  { sessionId, env }: { readonly sessionId: string; readonly env: Env },
): FatalReport {
  const tail = boundedTail(failure.outputTail ?? []);
  return {
    path: sessionPath(sessionId, "sandbox-error"),
    headers: { "x-sandbox-id": env["SANDBOX_ID"] ?? "" },
    body: {
      error: boundedError(bridgeError ?? `${phase} failed: ${failure.message}`),
      fatal: true,
      phase: failedStepOf(phase),
      ...(seq !== null && { bootSeq: seq }),
      ...(repository !== undefined && { repoOwner: repository.owner, repoName: repository.name }),
      ...(tail.length > 0 && { outputTail: tail }),
    },
  };
}
