import { Counter, Gauge, Registry } from "prom-client";
import { agentStateOf, agentStateWords, agentsIn } from "../../protocol/derive/agent-state.ts";
import { presentOf } from "../../protocol/derive/present.ts";
import { presentWords } from "../../protocol/derive/present-words.ts";
import { warningsOf } from "../../protocol/derive/warnings.ts";
import type { AgentReport, ProcessStatus, RuntimeState } from "../../protocol/index.ts";
import { RUNTIME_STATUSES } from "../../protocol/statuses.ts";
import type { Durations } from "./durations.ts";
import { renderHistogram } from "./histogram-text.ts";

/** Memory and CPU time of the runtime's own process. */
export interface Usage {
  readonly residentBytes: number;
  readonly cpuSeconds: number;
}

const PROCESS_STATES: readonly ProcessStatus["id"][] = [
  "idle",
  "starting",
  "running",
  "stopping",
  "stopped",
  "crashed",
  "backoff",
  "failed",
  "not-installed",
];

/**
 * Renders state and durations for Prometheus. The metrics are made at every scrape, because all sums are there already.
 *
 * Units and names follow https://prometheus.io/docs/practices/naming/.
 */
export async function renderMetrics(
  state: RuntimeState,
  durations: Durations,
  usage: Usage,
): Promise<{ readonly contentType: string; readonly text: string }> {
  const registry = new Registry();
  const metrics = new Metrics(registry);
  addRuntime(metrics, state, usage);
  addBoot(metrics, state);
  addProcesses(metrics, state);
  const text = [await registry.metrics(), ...histogramsOf(durations)].join("\n");
  return { contentType: registry.contentType, text };
}

function histogramsOf({ boots, bindings, phases, firstAnswers }: Durations): string[] {
  return [
    renderHistogram(
      "sandboot_boot_duration_seconds",
      "From the start of the runtime's process until the boot was ready, seeded or failed.",
      boots,
    ),
    renderHistogram(
      "sandboot_binding_duration_seconds",
      "From a request to bind a seed until prompts were let in, or until the binding had failed.",
      bindings,
    ),
    renderHistogram(
      "sandboot_phase_duration_seconds",
      "How long phases took, those of all repositories together.",
      phases,
    ),
    renderHistogram(
      "sandboot_first_answer_seconds",
      "The first prompt through the bridge: from when the agent got it until this part of the answer.",
      firstAnswers,
    ),
  ];
}

function addRuntime(metrics: Metrics, state: RuntimeState, usage: Usage): void {
  const { runtimeVersion: version, mode, sandboxId, startedAt, seq } = state;
  metrics.gauge("sandboot_info", "Which runtime this is; always 1.", [
    [1, { version, mode, sandbox_id: sandboxId ?? "" }],
  ]);
  metrics.gauge(
    "sandboot_status",
    "1 for the runtime's present status.",
    RUNTIME_STATUSES.map((status) => [status === state.status ? 1 : 0, { status }]),
  );
  const present = presentOf(state).id;
  metrics.gauge(
    "sandboot_present_state",
    "1 for how the sandbox stands now, as on every other surface.",
    Object.keys(presentWords).map((id) => [id === present ? 1 : 0, { state: id }]),
  );
  metrics.counter("sandboot_events_total", "Events since the runtime started.", [[seq, {}]]);
  metrics.gauge("process_resident_memory_bytes", "Memory of the runtime's own process.", [
    [usage.residentBytes, {}],
  ]);
  metrics.counter("process_cpu_seconds_total", "CPU time of the runtime's own process.", [
    [usage.cpuSeconds, {}],
  ]);
  const started = Date.parse(startedAt);
  if (!Number.isNaN(started)) {
    const help = "When the runtime's process started, in seconds since 1970.";
    metrics.gauge("process_start_time_seconds", help, [[started / 1000, {}]]);
  }
}

function addBoot(metrics: Metrics, state: RuntimeState): void {
  const { warmMs, bridge } = state;
  metrics.gauge(
    "sandboot_warm_duration_seconds",
    "From the start of the runtime's process until the agent was warm; absent until then.",
    warmMs === null ? [] : [[warmMs / 1000, {}]],
  );
  metrics.gauge("sandboot_warnings", "Warnings of phases and of the runtime.", [
    [warningsOf(state).length, {}],
  ]);
  metrics.gauge(
    "sandboot_agent_state",
    "1 for how far an agent is; absent until it is started.",
    agentsIn(state).flatMap((agent) => agentStates(agent, state)),
  );
  metrics.gauge(
    "sandboot_bridge_open",
    "1 while requests are forwarded to the agent; absent until the bridge opens for the first time.",
    bridge === null ? [] : [[bridge.gate === "open" ? 1 : 0, {}]],
  );
}

function agentStates(
  agent: AgentReport,
  sandbox: RuntimeState,
): [number, Record<string, string>][] {
  const present = agentStateOf(agent, sandbox);
  return Object.keys(agentStateWords).map((state) => [
    state === present ? 1 : 0,
    { agent: agent.name, ...(agent.id !== undefined && { id: agent.id }), state },
  ]);
}

function addProcesses(metrics: Metrics, { processes }: RuntimeState): void {
  metrics.gauge(
    "sandboot_process_state",
    "1 for the present state of a process.",
    processes.flatMap(({ id, kind, status }) =>
      PROCESS_STATES.map(
        (state) => [state === status.id ? 1 : 0, { process: id, kind, state }] as const,
      ),
    ),
  );
  metrics.counter(
    "sandboot_process_restarts_total",
    "How often a process was restarted, by its policy or by command.",
    processes.map(({ id, kind, restarts }) => [restarts, { process: id, kind }]),
  );
}

type Sample = readonly [value: number, labels: Readonly<Record<string, string>>];

class Metrics {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  gauge(name: string, help: string, samples: readonly Sample[]): void {
    const metric = new Gauge(this.#options(name, help, samples));
    for (const [value, labels] of samples) metric.set(labels, value);
  }

  counter(name: string, help: string, samples: readonly Sample[]): void {
    const metric = new Counter(this.#options(name, help, samples));
    for (const [value, labels] of samples) metric.inc(labels, value);
  }

  #options(name: string, help: string, [first]: readonly Sample[]) {
    // Without samples and labels, prom-client would output 0.
    const labelNames = first === undefined ? ["none"] : Object.keys(first[1]);
    return { name, help, labelNames, registers: [this.#registry] };
  }
}
