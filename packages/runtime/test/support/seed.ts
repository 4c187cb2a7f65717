import type { BindingDocument, Failure } from "../../src/protocol/index.ts";
import { ask, type Target } from "./http.ts";
import { Sandbox, type SandboxOptions } from "./sandbox.ts";

/** A sandbox that will boot as a seed, without repositories of its own. */
export function createSeed(options: SandboxOptions = {}): Promise<Sandbox> {
  return Sandbox.create({
    agentKind: "fixture",
    checkout: false,
    ...options,
    config: { mode: "seed", repositories: [], ...options.config },
  });
}

/** What a request to adopt was answered. */
export interface AdoptAnswer {
  readonly status: number;
  readonly bindingId?: string;
  readonly durationMs: number;
  readonly error: Failure;
}

/** Sends a binding to a seed by its API. */
export async function adoptBy(
  target: Target,
  binding: BindingDocument | object,
  token?: string,
): Promise<AdoptAnswer> {
  const answer = await ask(target, "/v1/adopt", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(binding),
  });
  return { status: answer.status, ...(answer.json() as Omit<AdoptAnswer, "status">) };
}

/** Whether a request with this token gets through the bridge; its status says it. */
export async function promptStatus(sandbox: Sandbox, token?: string): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const { status } = await sandbox.ask("/prompt", { method: "POST", body: {}, headers });
  return status;
}
