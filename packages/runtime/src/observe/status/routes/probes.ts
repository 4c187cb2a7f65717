import { isPrimaryAgent, letsPromptsIn, presentOf } from "../../../protocol/derive/present.ts";
import type { RuntimeState } from "../../../protocol/index.ts";
import { type Exchange, readFlag, sendJson } from "../exchange.ts";
import type { Route } from "../route.ts";

/**
 * The three probes of an orchestrator. Liveness: the event loop turns. Startup: a boot has completed; until then a slow boot
 * must not be taken for a dead one; `/startupz?warm` also waits until the agent is warm. Readiness: the agent runs and prompts are forwarded to it;
 * `/readyz?seed` also holds for a seed that waits for its binding, and while it gets one.
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
    handle: (exchange) => probe(exchange, readFlag(exchange.query, "warm") ? warm : started),
  },
  {
    method: "GET",
    path: "/readyz",
    open: true,
    handle: (exchange) => probe(exchange, readFlag(exchange.query, "seed") ? inPool : ready),
  },
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

/** A seed has been warmed up before it is one. */
function warm(state: RuntimeState): boolean {
  return started(state) && (state.status === "seeded" || state.warmMs !== null);
}

/** A restarted agent must open its workspace first. Until then the bridge holds requests. */
function ready(state: RuntimeState): boolean {
  return letsPromptsIn(presentOf(state).id);
}

/**
 * What a pool asks about its seeds. It must not become false between the claim and the answer: a pod that is not ready loses
 * its name in the cluster's DNS, by which the claim and the first prompts come. The bridge holds those.
 */
function inPool(state: RuntimeState): boolean {
  const { status, adopt, processes } = state;
  if (status === "booting") return adopt?.status === "adopting";
  if (status !== "seeded") return ready(state);
  // One that is frozen or spent takes no binding.
  if (presentOf(state).id !== "seeded") return false;
  // Whoever claims a seed wants its agent at once.
  return processes.some((one) => isPrimaryAgent(one) && one.status.id === "running");
}
