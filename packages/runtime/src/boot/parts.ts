import type { StagePool } from "@sandboot/stager";
import { linkedBy } from "../agents/linked.ts";
import { agentDriver } from "../agents/registry.ts";
import type { Cleanup } from "../base/cleanup.ts";
import type { Clock } from "../base/clock.ts";
import { causeOf } from "../base/failed.ts";
import { runtimeWarning } from "../base/warned.ts";
import { asAgent } from "../config/agents.ts";
import type { Config } from "../config/config.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { BootTrace } from "../observe/telemetry/boot-trace.ts";
import type { Grace } from "../process/grace.ts";
import type { ManagedProcessOptions } from "../process/supervise/options.ts";
import type { Supervisor } from "../process/supervise/supervisor.ts";
import { sidecarsOf } from "../sidecars/list.ts";
import type { PresentConfig } from "./adopt/present-config.ts";
import { type AgentFront, makeAgent } from "./agent-parts.ts";
import { externalBridge, obeyExits } from "./external-bridge.ts";
import type { GatedBridge } from "./gated-bridge.ts";
import type { GitCredentials } from "./git-credentials.ts";
import { endWhenGivenUp } from "./given-up.ts";
import type { AgentParts, BootParts } from "./phases/phase.ts";
import type { Interrupts } from "./phases/table.ts";
import { inSpareTime, untilIdle } from "./spare-time.ts";
import type { StopRequest } from "./stop.ts";
import { tellBuilt } from "./tell-build.ts";

export interface PartsOptions {
  /** Of the boot. */
  readonly config: Config;
  readonly present: PresentConfig;
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly pool: StagePool;
  readonly grace: Grace;
  readonly supervisor: Supervisor;
  readonly bridge: GatedBridge;
  /** The primary one first. */
  readonly agents: readonly [AgentFront, ...AgentFront[]];
  readonly interrupts: Interrupts;
  readonly gitCredentials: GitCredentials;
  readonly trace: BootTrace | null;
  readonly stop: StopRequest;
  /** Ends what the parts have under way. */
  readonly cleanup: Cleanup;
}

/** Makes what phases work with; starts nothing. */
export function makeParts(options: PartsOptions): BootParts {
  const { config, present, clock, bus, pool, grace, supervisor, bridge, trace, cleanup } = options;
  // In the order in which `sandboot status` lists them.
  for (const { process } of sidecarsOf(config)) supervisor.add(followed(process, present));
  present.subscribe(() => supervisor.tellNewAddresses());
  const [primary] = options.agents;
  const configs = options.agents.map((agent) => agent.config);
  const agents = options.agents.map((agent, place) =>
    makeAgent(agent, options, { place, linked: linkedBy(agent.config, configs.slice(0, place)) }),
  );
  for (const { id, process } of agents) {
    const ends = () => isBooted(bus) && asAgent(present.current, id).agent.whenGivenUp === "end";
    endWhenGivenUp(process, ends, options.stop);
  }
  changePriorities(options);
  const agentOf: BootParts["agentOf"] = ({ id }) => {
    const found = agents.find((agent) => agent.id === id);
    if (found === undefined) throw new Error(`there is no agent ${id}`);
    return found;
  };
  return {
    clock,
    emit: (event) => bus.emit(event),
    pool,
    inSpareTime: (work) => inSpareTime(primary.prompts, work),
    untilIdle: (signal) => untilIdle(bus, AbortSignal.any([signal, options.interrupts.freeze])),
    grace,
    trace,
    agents,
    agentOf,
    gitCredentials: options.gitCredentials,
    processes: supervisor,
    present: () => present.current,
    onPresent: (listener) => present.subscribe(listener),
    ...bridgeParts(options, agentOf(config.agent)),
    closeBridge: (reason) => {
      for (const agent of agents) agent.pause();
      bridge.refuse(reason);
    },
    reachWarm: () => reachWarm(options),
    tellBuilt: (record, durationMs, signal) => tellBuilt(config, record, durationMs, signal),
    defer: (step) => cleanup.defer(step),
  };
}

/** Until then, the phase that waits for a process tells that it is down. */
function isBooted({ state }: EventBus): boolean {
  return state.status === "ready" || state.status === "seeded";
}

const NO_HURRY: ReadonlySet<string> = new Set(["boot.ready", "boot.seeded", "adopt.failed"]);

/** A boot and each adopt are warm once, and only after they are ready. */
export function reachWarm({ bus, clock }: Pick<PartsOptions, "bus" | "clock">): void {
  const { readyMs, warmMs } = bus.state;
  if (readyMs !== null && warmMs === null) bus.emit({ type: "boot.warm", warmMs: clock.nowMs() });
}

/** A sidecar that is started, each time, as the configuration says that holds then. */
function followed(process: ManagedProcessOptions, present: PresentConfig): ManagedProcessOptions {
  const now = () =>
    sidecarsOf(present.current).find((sidecar) => sidecar.process.id === process.id)?.process ??
    process;
  return {
    ...process,
    spec: () => now().spec(),
    get url() {
      return now().url;
    },
  };
}

/** Opens the bridge, and starts the external one, if there is one. From then on restarts of the agent are answered. */
function bridgeParts(
  { config, present, supervisor, bridge, stop }: PartsOptions,
  primary: AgentParts,
): Pick<BootParts, "openBridge" | "startBridge"> {
  const driver = agentDriver(config);
  const optionsOf = (of: Config) =>
    externalBridge(of, {
      agentUrl: () => bridge.url,
      directory: () => of.agentDirectory,
      access: { env: driver.access.env, headers: bridge.access },
    });
  const options = optionsOf(config);
  const external =
    options === null
      ? null
      : supervisor.add({
          ...options,
          spec: () => (optionsOf(present.current) ?? options).spec(),
        });
  if (external !== null) obeyExits(external, () => present.current, stop);
  const startBridge = async () => {
    if (external === null) throw new Error("the config names no bridge");
    external.supervise();
    return await external.start();
  };
  const openBridge: BootParts["openBridge"] = async (directory, signal) => {
    const held = await primary.openDoor(directory, signal);
    if (external === null) return { url: bridge.url, held };
    if (present.current.bridge.start === "last") {
      await startBridge();
      await external.ready(signal);
    } else await external.up(signal);
    return { url: external.state.url, held };
  };
  return { startBridge, openBridge };
}

/**
 * Gives the sidecars and the other agents their normal priority when the primary agent has what it needs, as a seed or with its
 * workspace. What an adopt starts again is less urgent than that agent's session, too.
 */
function changePriorities({ bus, supervisor, cleanup }: PartsOptions): void {
  let restored: Promise<void> = Promise.resolve();
  const unsubscribe = bus.subscribe(({ type }) => {
    if (type === "adopt.started") supervisor.lowerPriorities();
    if (!NO_HURRY.has(type)) return;
    restored = supervisor.restorePriorities().catch((error: unknown) => {
      bus.emit(runtimeWarning({ code: "low-priority-kept", cause: causeOf(error) }));
    });
  });
  cleanup.defer(async () => {
    unsubscribe();
    await restored;
  });
}
