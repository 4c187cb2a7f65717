import type { StagePool } from "@sandboot/stager";
import { AgentReads } from "../agents/agent-reads.ts";
import { AgentReportTracker } from "../agents/agent-report.ts";
import type { AgentDriver, AgentPaths } from "../agents/driver.ts";
import { agentDriver } from "../agents/registry.ts";
import type { Cleanup } from "../base/cleanup.ts";
import type { Clock } from "../base/clock.ts";
import { causeOf } from "../base/system-error.ts";
import { runtimeWarning } from "../base/warned.ts";
import type { Config } from "../config/config.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { BootTrace } from "../observe/telemetry/boot-trace.ts";
import { findProgram } from "../process/find-program.ts";
import type { Grace } from "../process/grace.ts";
import { restartPolicy } from "../process/supervise/configured-policy.ts";
import type { ManagedProcess } from "../process/supervise/managed-process.ts";
import type { Supervisor } from "../process/supervise/supervisor.ts";
import { sidecarsOf } from "../sidecars/list.ts";
import { AgentKeeper } from "./agent-keeper.ts";
import type { Door } from "./door.ts";
import { externalBridge } from "./external-bridge.ts";
import type { Boot } from "./phases/boot.ts";
import type { StateFolder } from "./state-dir.ts";

export interface BootParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly pool: StagePool;
  readonly grace: Grace;
  readonly supervisor: Supervisor;
  readonly door: Door;
  readonly folder: StateFolder;
  readonly trace: BootTrace | null;
  /** Ends what the boot's parts have under way. */
  readonly cleanup: Cleanup;
}

/** Puts one boot together from its parts; starts nothing. */
export function composeBoot(parts: BootParts): Boot {
  const { config, bus, supervisor, door, folder, cleanup } = parts;
  const agent = agentDriver(config);
  const agentPaths: AgentPaths = {
    neutralDir: folder.neutral,
    stageTarget: config.stage === null ? null : config.stageTarget,
    home: config.agent.home ?? config.env["HOME"] ?? "/",
  };
  const sidecars = sidecarsOf({
    config,
    supervisor,
    socket: folder.socket,
    defer: (step) => cleanup.defer(step),
  });
  const agentProcess = manageAgent(agent, agentPaths, parts);
  const agentReport = new AgentReportTracker(bus, agent.name);
  const keeper = cleanup.use(
    new AgentKeeper({
      agent,
      paths: agentPaths,
      process: agentProcess,
      report: agentReport,
      door,
      clock: parts.clock,
      url: new URL(`http://127.0.0.1:${config.agent.port}`),
      sessionMs: config.agent.readySeconds * 1000,
    }),
  );
  let workspace = "";
  const external = manageBridge(parts, () => workspace);
  restorePrioritiesWhenReady(parts);
  return {
    ...parts,
    socketPath: folder.socket,
    agent,
    agentPaths,
    agentProcess,
    agentReads: new AgentReads(agent, agentPaths, parts.pool),
    agentReport,
    agentProgram: () =>
      findProgram(agent.command(agentPaths, config.agent.port).command, config.env),
    prefetchOver: new AbortController(),
    sidecars,
    hookIds: hookIdsOf(config),
    openBridge: async (directory, signal) => {
      await keeper.keep(directory, signal);
      workspace = directory;
      door.leadTo(agent.workspaceHeaders(directory));
      const held = door.open();
      if (external === undefined) return { url: door.url, held };
      external.supervise();
      await external.start();
      await external.ready(signal);
      return { url: external.state.url ?? door.url, held };
    },
    sidecarUrls: () =>
      Object.fromEntries(
        sidecars.flatMap(({ process: { id, state } }) =>
          state.url !== null && state.status.id === "running" ? [[id, state.url]] : [],
        ),
      ),
  };
}

/** The agent has what it needed, as a seed or with its workspace: the sidecars need not leave it the way any more. */
function restorePrioritiesWhenReady({ bus, supervisor, cleanup }: BootParts): void {
  let restored: Promise<void> = Promise.resolve();
  const unsubscribe = bus.subscribe(({ type }) => {
    if (type !== "boot.ready" && type !== "boot.seeded") return;
    restored = supervisor.restorePriorities().catch((error: unknown) => {
      bus.emit(runtimeWarning({ code: "low-priority-kept", cause: causeOf(error) }));
    });
  });
  cleanup.defer(async () => {
    unsubscribe();
    await restored;
  });
}

/** The same sandbox, with the repositories that a seed is given. */
export function withRepositories(boot: Boot, config: Config): Boot {
  return { ...boot, config, hookIds: hookIdsOf(config) };
}

function hookIdsOf({ repositories }: Config): readonly string[] {
  return repositories.map(({ name }) => `hook.start:${name}`);
}

function manageBridge(
  { config, supervisor, door, folder }: BootParts,
  directory: () => string,
): ManagedProcess | undefined {
  const agentUrl = () => door.url;
  const options = externalBridge({ config, agentUrl, directory, socket: folder.socket });
  return options === null ? undefined : supervisor.add(options);
}

function manageAgent(
  agent: AgentDriver,
  paths: AgentPaths,
  { config, supervisor }: BootParts,
): ManagedProcess {
  const { port } = config.agent;
  return supervisor.add({
    id: "agent",
    kind: "agent",
    spec: () => agent.command(paths, port),
    probe: agent.readiness(port),
    readyTimeoutMs: config.agent.readySeconds * 1000,
    restart: restartPolicy(config.agent.restart),
    priority: "normal",
    optional: false,
    port,
    url: `http://127.0.0.1:${port}`,
  });
}
