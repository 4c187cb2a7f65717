import { letsPromptsIn, presentOf } from "../../../protocol/derive/present.ts";
import type { RuntimeState } from "../../../protocol/index.ts";
import { type Exchange, readFlag, sendJson } from "../exchange.ts";
import type { Route } from "../route.ts";

/**
 * The three probes of an orchestrator. Liveness: the event loop turns. Startup: a boot has completed; until then a slow boot
 * must not be taken for a dead one; `/startupz?warm` also waits until the agent is warm. Readiness: the agent runs and prompts are forwarded to it.
 * https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
 */
export const probeRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/livez",
    open: true,
    handle: ({ response }) => sendJson(response, 200, { ok: true }),
  },
  {
    method: "GET",
    path: "/startupz",
    open: true,
    handle: (exchange) => probe(exchange, wantsWarm(exchange) ? warm : started),
  },
  { method: "GET", path: "/readyz", open: true, handle: (exchange) => probe(exchange, ready) },
];

function probe({ response, control }: Exchange, holds: (state: RuntimeState) => boolean): void {
  const { state } = control.bus;
  const ok = holds(state);
  const waitsFor = state.phases.filter(({ status }) => status === "running").map(({ id }) => id);
  sendJson(response, ok ? 200 : 503, {
    ok,
    status: state.status,
    present: presentOf(state),
    waitsFor,
  });
}

function started({ status }: RuntimeState): boolean {
  // A sandbox in recovery is up, for a person. Who waits for its start must not end it.
  return ["ready", "seeded", "recovering", "stopping"].includes(status);
}

function wantsWarm({ query }: Exchange): boolean {
  return readFlag(query, "warm");
}

/** A seed has been warmed up before it is one. */
function warm(state: RuntimeState): boolean {
  return started(state) && (state.status === "seeded" || state.warmMs !== null);
}

/** A restarted agent must open its workspace first. Until then the bridge holds requests. */
function ready(state: RuntimeState): boolean {
  return letsPromptsIn(presentOf(state).id);
}
