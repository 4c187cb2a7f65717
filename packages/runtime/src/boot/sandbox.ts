import { rm } from "node:fs/promises";
import { makeFolder, type StagePool } from "@sandboot/stager";
import { withAgentAccess } from "../agents/registry.ts";
import { carriesToken } from "../base/bearer.ts";
import type { Cleanup } from "../base/cleanup.ts";
import type { Clock } from "../base/clock.ts";
import { failureOf } from "../base/failed.ts";
import { randomBytes, randomFraction } from "../base/random.ts";
import { createRedactor, type Redactor } from "../base/redact.ts";
import { readText } from "../base/text-file.ts";
import { processTimers, timeLimit } from "../base/timers.ts";
import { runtimeWarning } from "../base/warned.ts";
import type { RuntimeWarning } from "../base/warning.ts";
import { eachAgent } from "../config/agents.ts";
import type { Config } from "../config/config.ts";
import { milliseconds } from "../config/milliseconds.ts";
import { withServices } from "../config/resolve.ts";
import { secretsOf } from "../config/secrets.ts";
import { type StateFolder, stateFolderAt } from "../config/state-folder.ts";
import { ControlPlane } from "../observe/control-plane/control-plane.ts";
import type { FatalForm } from "../observe/control-plane/message.ts";
import { EventBus } from "../observe/events/bus.ts";
import { EventLog } from "../observe/events/event-log.ts";
import type { RuntimeControl } from "../observe/status/control.ts";
import { StatusServer } from "../observe/status/server.ts";
import type { BootTrace } from "../observe/telemetry/boot-trace.ts";
import type { Grace } from "../process/grace.ts";
import { limitOurselves, ownRuntimeMark } from "../process/process-mark.ts";
import { Supervisor } from "../process/supervise/supervisor.ts";
import { terminateMarked } from "../process/terminate.ts";
import { AdoptAdmission } from "./adopt/adopt-admission.ts";
import { PresentConfig } from "./adopt/present-config.ts";
import { isEnrolled } from "./adopt/ways-in/enrolment.ts";
import { type AgentFront, agentFront } from "./agent-parts.ts";
import { controlOf } from "./control.ts";
import { ControlPlaneLink } from "./control-plane-link.ts";
import { inFolder, openStateFolder } from "./folders.ts";
import { followPlatform } from "./follow-platform.ts";
import { GatedBridge } from "./gated-bridge.ts";
import { GitCredentials } from "./git-credentials.ts";
import { endLeftovers, noteMark } from "./leftovers.ts";
import { makeParts, reachWarm } from "./parts.ts";
import { PauseWatch } from "./pause/pause-watch.ts";
import { syncFolders } from "./pause/sync-folders.ts";
import type { BootParts } from "./phases/phase.ts";
import type { Interrupts } from "./phases/table.ts";
import { RetryAdmission } from "./recovery/retry-admission.ts";
import { killOnThirdRequest, type StopRequest } from "./stop.ts";

export interface SandboxOptions {
  readonly config: Config;
  /** Threads for file work. The caller disposes of them. */
  readonly pool: StagePool;
  readonly clock: Clock;
  readonly stop: StopRequest;
  /** The ids of the boot's trace; null without telemetry. */
  readonly trace: BootTrace | null;
  /** The command that starts `sandboot`, for git's credential helper. */
  readonly program: readonly string[];
  /** Ends the runtime's own process at once, at the third request to stop. */
  readonly exitNow: () => void;
  /** Gets the bus before the first event. */
  readonly onBus: (bus: EventBus) => void;
}

/** An open sandbox. */
export interface Sandbox {
  /**
   * As given, plus the mark in `env` by which all processes of this runtime are found, a password for the agent's server,
   * and the services that are built in.
   */
  readonly config: Config;
  readonly present: PresentConfig;
  readonly clock: Clock;
  readonly grace: Grace;
  /** What phases work with. */
  readonly parts: BootParts;
  /** What runtimes that were killed had left. */
  readonly leftovers: readonly RuntimeWarning[];
  readonly interrupts: Interrupts;
  readonly bus: EventBus;
  readonly redactor: Redactor;
  readonly status: StatusServer;
  readonly bridge: GatedBridge;
  /** Null when this is no seed. */
  readonly adopts: AdoptAdmission | null;
  readonly retries: RetryAdmission;
  /** Sets the exit code that the last event will give. */
  endsWith(exitCode: number): void;
}

/**
 * Makes the parts of a sandbox and gives each what it needs: with `parts.ts` and `agent-parts.ts` the only place that does. Runs
 * no phase.
 *
 * @param cleanup - Ends the parts, in the reverse order of their making.
 * @throws Failed `socket-taken` when another runtime has the state folder; `bad-input` when a folder cannot be used.
 */
export async function openSandbox(options: SandboxOptions, cleanup: Cleanup): Promise<Sandbox> {
  const { clock, pool, stop, trace } = options;
  const mark = ownRuntimeMark(options.config.workspace);
  const limited = limitOurselves(mark);
  const marked = { ...options.config, env: { ...options.config.env, [mark.name]: mark.value } };
  const opened = withAgentAccess(marked);
  const grace: Grace = { graceMs: milliseconds(opened.shutdown.graceSeconds), hurry: stop.hurry };
  const redactor = createRedactor(opened.env, secretsOf(opened));
  const bus = new EventBus({ clock, redact: redactor.redact });
  options.onBus(bus);
  cleanup.defer(killOnThirdRequest(stop, mark, options.exitNow));

  const folder = await inFolder(opened, "stateDir", async () => openStateFolder(opened));
  const supervisor = new Supervisor({
    clock,
    timers: processTimers,
    random: randomFraction,
    redactor,
    ...grace,
    emit: (event) => bus.emit(event),
  });
  const adopts = opened.mode === "seed" ? new AdoptAdmission(() => bridge.isFrozen) : null;
  const present = new PresentConfig(opened);
  const retries = new RetryAdmission();
  let freeze = new AbortController();
  const pauses: PauseWatch = new PauseWatch({
    clock,
    load: async (clocks) => {
      const { Pauses } = await import("./pause/pauses.ts");
      const { controlPlane, eventLog } = records;
      return new Pauses({
        ...{ bus, clock, clocks, supervisor, bridge, controlPlane, timeLimit },
        writeEvents: () => eventLog.flush(),
        endWarmUps: () => {
          freeze.abort();
          // For the phases that an adopt starts after the thaw.
          freeze = new AbortController();
        },
        rest: () => pool.rest(),
        sync: () => syncFolders(opened, grace),
      });
    },
  });
  const gitCredentials = new GitCredentials({
    ...{ present, bus },
    program: options.program,
    load: async () => {
      const { CredentialBroker } = await import("../workspace/credentials/broker.ts");
      const { setUpCredentials } = await import("../workspace/credentials/set-up.ts");
      const openBroker = () =>
        new CredentialBroker({
          ...{ redactor, clock, grace, timeLimit },
          present: () => present.current,
          path: folder.gitCredentials,
          warn: (problem) => bus.emit(runtimeWarning({ code: "credential-missing", ...problem })),
        });
      return { openBroker, setUp: setUpCredentials };
    },
  });
  const control = controlOf({
    bus,
    gitCredentials,
    supervisor,
    stop,
    historyFolder: folder.history,
    retries,
    adopts,
    pauses: () => pauses.pauses(),
    isFrozen: () => bridge.isFrozen,
  });
  // Made first, so that it ends last: clients that follow the events see the end, too.
  const status = cleanup.use(
    new StatusServer({
      control,
      socketPath: folder.socket,
      tcp:
        opened.status === null
          ? null
          : {
              ...opened.status,
              token: () => present.current.status?.token ?? null,
              mayBind: (headers) =>
                adopts !== null && isEnrolled(headers, opened.binding.enrolmentToken, adopts),
              // Prometheus reads on when the sandbox is a tenant's, whose token it does not have.
              mayMeasure: (headers) => carriesToken(headers, opened.status?.metricsToken),
            },
    }),
  );
  present.subscribe(() => status.askAgain());
  await Promise.all([
    inFolder(opened, "stateDir", () => status.listenOnSocket()),
    // Sidecars start in this folder at once. The agent works in it when there is no repository, or several.
    inFolder(opened, "workspace", async () => makeFolder(opened.workspace)),
  ]);
  const leftovers = await endLeftovers(folder, opened.workspace, grace);
  // What a leftover held is free now.
  const config = await withBuiltIn(opened, cleanup);
  if (config !== opened) present.begin(config);
  redactor.hide(secretsOf(config));
  const forgetMark = noteMark(folder, mark);
  cleanup.use(gitCredentials);
  gitCredentials.begin();
  const { fatalReport: fatalForm = null } =
    (await followPlatform(config, { bus, redactor, cleanup })) ?? {};
  const { hurry } = stop;
  const records = openRecords({ present, bus, folder, control, fatalForm, hurry, cleanup });

  let exitCode: number | undefined;
  cleanup.defer(() => {
    if (exitCode !== undefined) bus.emit({ type: "shutdown.ended", exitCode });
  });
  // Processes that hooks left are part of the sandbox. They end after all others.
  cleanup.defer(async () => {
    const left = await leftAfter(() => terminateMarked(mark, grace));
    if (left === null) forgetMark();
    else bus.emit(runtimeWarning(left));
  });
  // What one process leaves is looked for again, above.
  cleanup.defer(async () => void (await leftAfter(() => supervisor.stopAll())));
  const [primary, ...others] = agentFronts(config, { bus, clock });
  const bridge = new GatedBridge(
    () => present.current,
    bus,
    primary.behindDoor,
    others.map(({ behindDoor }) => behindDoor),
  );
  cleanup.defer(() => bridge.close(grace));
  cleanup.use(pauses);
  await limited;
  const interrupts: Interrupts = {
    prompt: primary.prompts.first,
    get freeze() {
      return freeze.signal;
    },
  };
  const parts = makeParts({
    config,
    present,
    clock,
    bus,
    pool,
    grace,
    supervisor,
    bridge,
    interrupts,
    agents: [primary, ...others],
    gitCredentials,
    trace,
    stop,
    cleanup,
  });
  return {
    config,
    present,
    clock,
    grace,
    parts,
    leftovers,
    interrupts,
    bus,
    redactor,
    status,
    bridge,
    adopts,
    retries,
    endsWith: (code) => {
      exitCode = code;
    },
  };
}

/** The configuration with the services that are built in. A build starts none. */
async function withBuiltIn(config: Config, cleanup: Cleanup): Promise<Config> {
  const { desktop, docker, mode, stateDir } = config;
  if (mode === "build" || (desktop === null && docker === null)) return config;
  const { placeServices } = await import("../sidecars/built-in.ts");
  const services = await placeServices(config, {
    vncSocket: stateFolderAt(stateDir).vncSocket,
    randomBytes,
    readText,
    defer: (step) => cleanup.defer(step),
  });
  return withServices(config, services);
}

function agentFronts(
  config: Config,
  { bus, clock }: { readonly bus: EventBus; readonly clock: Clock },
): readonly [AgentFront, ...AgentFront[]] {
  const [primary = config, ...others] = eachAgent(config);
  // The sandbox is warm when the primary agent is.
  const onAnswered = () => reachWarm({ bus, clock });
  return [
    agentFront(primary, { bus, clock, onAnswered }),
    ...others.map((agent) => agentFront(agent, { bus, clock, onAnswered: () => {} })),
  ];
}

/** Ends processes. @returns Those that could not be ended, as a warning; null when there are none. */
async function leftAfter(end: () => Promise<void>): Promise<RuntimeWarning | null> {
  try {
    await end();
    return null;
  } catch (error) {
    const value = failureOf(error);
    if (value.code !== "processes-survived") throw error;
    return { code: "processes-left", processes: value.processes };
  }
}

interface Records {
  readonly eventLog: EventLog;
  readonly controlPlane: ControlPlaneLink;
}

interface RecordsParts {
  readonly present: PresentConfig;
  readonly bus: EventBus;
  readonly folder: StateFolder;
  readonly control: RuntimeControl;
  readonly fatalForm: FatalForm | null;
  readonly hurry: AbortSignal;
  readonly cleanup: Cleanup;
}

/** Opens what gets every event, however the boot is shown: the log in the state folder, and the control plane. */
function openRecords({
  present,
  bus,
  folder,
  control,
  fatalForm,
  ...parts
}: RecordsParts): Records {
  const { hurry, cleanup } = parts;
  const eventLog = cleanup.use(
    new EventLog(bus, {
      path: folder.events,
      warn: (warning) => bus.emit(runtimeWarning(warning)),
    }),
  );
  const controlPlane = cleanup.use(
    new ControlPlaneLink(present, {
      connect: (config, { isBinding, isFirst, afterEarlier }) =>
        new ControlPlane({
          config,
          // What a seed could not deliver is not for the tenant's control plane.
          folder: isBinding ? folder.outboxOfBinding : folder.outbox,
          inherited: isFirst && !isBinding ? folder.outboxOfBinding : null,
          folderIsFree: afterEarlier,
          bus,
          fatalForm,
          report: () => control.report(),
          timers: processTimers,
          random: randomFraction,
          hurry,
        }),
      forgetBinding: () => rm(folder.outboxOfBinding, { recursive: true, force: true }),
    }),
  );
  return { eventLog, controlPlane };
}
