import type { RuntimeState } from "../../../protocol/index.ts";
import { type Exchange, sendJson } from "../exchange.ts";
import type { Route } from "../route.ts";

/**
 * The three questions of an orchestrator. Alive: the event loop turns. Started: a boot has got to its end once, so that
 * slow boots are not taken for dead ones. Ready: prompts are let in and the agent runs.
 * https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
 */
export const probeRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/livez",
    open: true,
    handle: ({ response }) => sendJson(response, 200, { ok: true }),
  },
  { method: "GET", path: "/startupz", open: true, handle: (exchange) => probe(exchange, started) },
  { method: "GET", path: "/readyz", open: true, handle: (exchange) => probe(exchange, ready) },
];

function probe({ response, control }: Exchange, holds: (state: RuntimeState) => boolean): void {
  const { state } = control.bus;
  const ok = holds(state);
  const waitsFor = state.phases.filter(({ status }) => status === "running").map(({ id }) => id);
  sendJson(response, ok ? 200 : 503, { ok, status: state.status, waitsFor });
}

function started({ status }: RuntimeState): boolean {
  return status === "ready" || status === "seeded" || status === "stopping";
}

function ready({ status, processes, bridge }: RuntimeState): boolean {
  const agent = processes.find(({ kind }) => kind === "agent");
  // An agent that runs again has yet to open its workspace: until then the bridge lets nobody in.
  const open = bridge === null || bridge.gate === "open";
  return status === "ready" && agent?.status.id === "running" && open;
}
