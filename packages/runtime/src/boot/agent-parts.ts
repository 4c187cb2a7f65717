import type { StagePool } from "@sandboot/stager";
import { AgentReads } from "../agents/agent-reads.ts";
import { AgentReportTracker } from "../agents/agent-report.ts";
import type { Linked } from "../agents/linked.ts";
import { agentPathsOf } from "../agents/paths.ts";
import { agentDriver } from "../agents/registry.ts";
import type { Cleanup } from "../base/cleanup.ts";
import type { Clock } from "../base/clock.ts";
import { processTimers } from "../base/timers.ts";
import { agentName, asAgent } from "../config/agents.ts";
import type { Config } from "../config/config.ts";
import { milliseconds } from "../config/milliseconds.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { Grace } from "../process/grace.ts";
import { NICENESS } from "../process/priority.ts";
import { restartPolicy } from "../process/supervise/configured-policy.ts";
import type { ManagedProcessOptions } from "../process/supervise/options.ts";
import type { Supervisor } from "../process/supervise/supervisor.ts";
import type { PresentConfig } from "./adopt/present-config.ts";
import { ClientWatch } from "./client-watch.ts";
import type { DoorTo, GatedBridge } from "./gated-bridge.ts";
import type { AgentParts } from "./phases/phase.ts";
import { PromptWatch } from "./prompt-watch.ts";
import { SessionRestorer } from "./session-restorer.ts";

/** What is known of an agent before the bridge is made. */
export interface AgentFront {
  /** As the agent sees it. */
  readonly config: Config;
  /** For messages. */
  readonly title: string;
  readonly report: AgentReportTracker;
  readonly prompts: PromptWatch;
  readonly behindDoor: DoorTo;
}

/** @param config - As the agent sees it. */
export function agentFront(
  config: Config,
  { bus, clock, onAnswered }: Readonly<{ bus: EventBus; clock: Clock; onAnswered: () => void }>,
): AgentFront {
  const { agent } = config;
  const driver = agentDriver(config);
  const title = agent.id === null ? driver.name : `${agent.id} (${driver.name})`;
  const report = new AgentReportTracker(bus, driver.name, agent);
  const prompts = new PromptWatch({ driver, clock, report, onAnswered });
  return {
    config,
    title,
    report,
    prompts,
    behindDoor: {
      id: agent.id,
      title: agent.id === null ? null : title,
      upstream: { host: "127.0.0.1", port: agent.port },
      access: driver.access.headers,
      watch: prompts.watch,
      onChange: agent.isPrimary
        ? (bridge) => bus.emit({ type: "bridge.changed", bridge })
        : (door) => report.update({ door }),
    },
  };
}

export interface AgentPartsOptions {
  readonly present: PresentConfig;
  readonly clock: Clock;
  readonly pool: StagePool;
  readonly grace: Grace;
  readonly supervisor: Supervisor;
  readonly bridge: GatedBridge;
  /** Ends what the parts have under way. */
  readonly cleanup: Cleanup;
}

/**
 * Makes what one agent's phases work with; starts nothing.
 *
 * @param place - 0 for the primary one; the others in the order of the config.
 * @param linked - What is linked for it.
 */
export function makeAgent(
  { config, title, report, prompts }: AgentFront,
  { present, clock, pool, grace, supervisor, bridge, cleanup }: AgentPartsOptions,
  { place, linked }: { readonly place: number; readonly linked: Linked },
): AgentParts {
  const { id, port, readySeconds } = config.agent;
  /** The configuration that holds now, as the agent sees it. */
  const now = () => asAgent(present.current, id);
  const driver = () => agentDriver(now());
  const process = supervisor.add(processOptions(config, now, place));
  const packages = once(() => {
    const { name, packages: make } = agentDriver(config);
    if (make === null) throw new Error(`${name} has no packages`);
    return make({ present: now, pool, grace });
  });
  const url = new URL(`http://127.0.0.1:${port}`);
  const { followClients: follow } = agentDriver(config);
  if (follow !== null) {
    const timers = processTimers;
    cleanup.use(new ClientWatch({ follow, process, prompts, report, clock, timers, url }));
  }
  const door = bridge.doorOf(id);
  const restorer = cleanup.use(
    new SessionRestorer({
      driver,
      title,
      isPrimary: config.agent.isPrimary,
      packages,
      linked,
      process,
      report,
      door,
      prompts,
      clock,
      url,
      sessionMs: milliseconds(readySeconds),
    }),
  );
  return {
    id,
    process,
    reads: new AgentReads(() => ({ driver: driver(), paths: agentPathsOf(now()) }), pool),
    report,
    packages,
    opened: () => restorer.opened(),
    openDoor: async (directory, signal) => {
      await restorer.begin(directory, signal);
      door.setDefaultWorkspace(driver().workspaceHeaders(directory));
      return door.open();
    },
    refusePrompts: (reason) => door.refuse(door.refusal ?? `${title}: ${reason}`),
    shutDoor: (directory, reason) => {
      restorer.missed(directory, reason);
      door.refuse(door.refusal ?? `${title} ${reason}`);
    },
    pause: () => restorer.pause(),
  };
}

/** The primary one has normal priority. Of the others, each has half of the CPU that the one before it has. */
function nicenessAt(place: number): number {
  if (place === 0) return NICENESS.normal;
  return Math.min(NICENESS.low + NICENESS.half * (place - 1), NICENESS.most);
}

function processOptions(config: Config, now: () => Config, place: number): ManagedProcessOptions {
  const { agent } = config;
  const { port, readySeconds, restart, isPrimary } = agent;
  return {
    id: agentName("agent", agent),
    kind: "agent",
    spec: () => agentDriver(now()).command(agentPathsOf(now()), port),
    probe: agentDriver(config).readiness(port),
    readyTimeoutMs: milliseconds(readySeconds),
    restart: restartPolicy(restart),
    niceness: nicenessAt(place),
    optional: !isPrimary,
    port,
    url: `http://127.0.0.1:${port}`,
  };
}

/** Made at the first call. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
