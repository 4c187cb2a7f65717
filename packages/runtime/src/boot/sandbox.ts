import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import type { StagePool } from "@sandboot/stager";
import type { Cleanup } from "../base/cleanup.ts";
import type { Clock } from "../base/clock.ts";
import { createRedactor, type Redactor } from "../base/redact.ts";
import { systemErrorOf } from "../base/system-error.ts";
import { foundText } from "../base/system-error-text.ts";
import { processTimers } from "../base/timers.ts";
import { runtimeWarning } from "../base/warned.ts";
import type { Config } from "../config/config.ts";
import { badInput } from "../config/errors.ts";
import { secretsOf } from "../config/secrets.ts";
import { type StateFolder, stateFolderAt } from "../config/state-folder.ts";
import { ControlPlane } from "../observe/control-plane/control-plane.ts";
import { EventBus } from "../observe/events/bus.ts";
import { EventLog } from "../observe/events/event-log.ts";
import type { RuntimeControl } from "../observe/status/control.ts";
import { StatusServer } from "../observe/status/server.ts";
import type { BootTrace } from "../observe/telemetry/boot-trace.ts";
import type { Grace } from "../process/grace.ts";
import { runtimeMark } from "../process/process-mark.ts";
import { Supervisor } from "../process/supervise/supervisor.ts";
import { terminateMarked } from "../process/terminate.ts";
import { AdoptDesk } from "./adopt/adopt-desk.ts";
import { controlOf } from "./control.ts";
import { Door } from "./door.ts";
import { killOnThirdRequest } from "./kill.ts";
import { makeParts } from "./parts.ts";
import type { BootParts } from "./phases/phase.ts";
import type { StopRequest } from "./stop.ts";

export interface SandboxOptions {
  readonly config: Config;
  /** Workers for file work; the caller's to dispose of. */
  readonly pool: StagePool;
  readonly clock: Clock;
  readonly stop: StopRequest;
  /** The ids of its trace; null without telemetry. */
  readonly trace: BootTrace | null;
  /** Ends the runtime's own process at once: somebody has asked for the third time. */
  readonly exitNow: () => void;
  /** Sees the bus before the first event, to show or record. */
  readonly onBus: (bus: EventBus) => void;
}

/** What a boot works with. */
export interface Sandbox {
  /** As given, with the mark in `env` by which everything that this runtime starts is found. */
  readonly config: Config;
  readonly clock: Clock;
  readonly grace: Grace;
  /** What its phases work with. */
  readonly parts: BootParts;
  readonly bus: EventBus;
  readonly redactor: Redactor;
  readonly status: StatusServer;
  readonly door: Door;
  /** Where requests to adopt come in; null when this is no seed. */
  readonly desk: AdoptDesk | null;
  /** What the process will exit with: the last event, when all of it has ended, says so. */
  endsWith(exitCode: number): void;
}

/**
 * Opens all that a boot works with, in the order in which `cleanup` ends it again, reversed; no phase has run yet.
 *
 * @throws Failed `socket-taken` when another runtime has the state folder; `bad-input` when a folder cannot be used.
 */
export async function openSandbox(options: SandboxOptions, cleanup: Cleanup): Promise<Sandbox> {
  const { clock, pool, stop, trace } = options;
  const mark = runtimeMark(randomUUID());
  const config = { ...options.config, env: { ...options.config.env, [mark.name]: mark.value } };
  const grace: Grace = { graceMs: config.shutdown.graceSeconds * 1000, hurry: stop.hurry };
  const redactor = createRedactor(config.env, secretsOf(config));
  const bus = new EventBus({ clock, redact: redactor.redact });
  options.onBus(bus);
  cleanup.defer(killOnThirdRequest(stop, mark, options.exitNow));

  const folder = await inFolder(config, "stateDir", async () => openStateFolder(config.stateDir));
  const supervisor = new Supervisor({
    clock,
    timers: processTimers,
    random: Math.random,
    redactor,
    ...grace,
    emit: (event) => bus.emit(event),
  });
  const desk = config.mode === "seed" ? new AdoptDesk() : null;
  const control = controlOf({ bus, supervisor, stop, desk });
  // Ends after everything else: whoever follows the events sees the end, too.
  const status = cleanup.use(
    new StatusServer({ control, socketPath: folder.socket, tcp: config.status }),
  );
  await Promise.all([
    inFolder(config, "stateDir", () => status.listenOnSocket()),
    // Sidecars start in it at once, and the agent works in it when there is no repository, or several.
    inFolder(config, "workspace", () => mkdir(config.workspace, { recursive: true })),
  ]);
  openRecords({ config, bus, folder, control, hurry: stop.hurry, cleanup });

  let exitCode: number | undefined;
  cleanup.defer(() => {
    if (exitCode !== undefined) bus.emit({ type: "shutdown.ended", exitCode });
  });
  // What hooks left running is part of the sandbox, and the last of it to go.
  cleanup.defer(() => terminateMarked(mark, grace));
  cleanup.defer(() => supervisor.stopAll());
  const door = new Door(config, bus);
  cleanup.defer(() => door.close(grace));
  const parts = makeParts({ config, clock, bus, pool, grace, supervisor, door, trace, cleanup });
  return {
    config,
    clock,
    grace,
    parts,
    bus,
    redactor,
    status,
    door,
    desk,
    endsWith: (code) => {
      exitCode = code;
    },
  };
}

/** Does what takes a folder of the config; what the system has against it is named with the key. */
async function inFolder<T>(
  config: Config,
  key: "stateDir" | "workspace",
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const cause = systemErrorOf(error, config[key]);
    if (cause === null) throw error;
    const expected = "a folder that is there or can be made, and written to";
    const found = foundText(cause);
    throw badInput({ source: config.file ?? "defaults", key, expected, found });
  }
}

/** Makes the state folder, for its owner only: logs and sockets in it are nobody else's business. */
function openStateFolder(path: string): StateFolder {
  const folder = stateFolderAt(path);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  mkdirSync(folder.neutral, { recursive: true });
  return folder;
}

interface RecordsParts {
  readonly config: Config;
  readonly bus: EventBus;
  readonly folder: StateFolder;
  readonly control: RuntimeControl;
  readonly hurry: AbortSignal;
  readonly cleanup: Cleanup;
}

/** Those who are told of every event, whoever shows it: the log in the state folder, and the control plane. */
function openRecords({ config, bus, folder, control, hurry, cleanup }: RecordsParts): void {
  cleanup.use(
    new EventLog(bus, {
      path: folder.events,
      warn: (warning) => bus.emit(runtimeWarning(warning)),
    }),
  );
  if (config.controlPlane === null) return;
  cleanup.use(
    new ControlPlane({
      config: config.controlPlane,
      folder: folder.outbox,
      bus,
      report: () => control.report(),
      timers: processTimers,
      random: Math.random,
      hurry,
    }),
  );
}
