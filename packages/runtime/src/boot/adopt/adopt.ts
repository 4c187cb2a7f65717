import type { Clock } from "../../base/clock.ts";
import { causeOf, failureOf, toWire } from "../../base/failed.ts";
import { randomId } from "../../base/random.ts";
import type { Redactor } from "../../base/redact.ts";
import { runtimeWarning } from "../../base/warned.ts";
import { agentName, agentsOf } from "../../config/agents.ts";
import { bindConfig } from "../../config/bind.ts";
import type { Config } from "../../config/config.ts";
import { secretsOf } from "../../config/secrets.ts";
import type { EventBus } from "../../observe/events/bus.ts";
import type { Grace } from "../../process/grace.ts";
import { adoptMark, type ProcessMark } from "../../process/process-mark.ts";
import { terminateMarked } from "../../process/terminate.ts";
import type { Failure } from "../../protocol/index.ts";
import { startGraph } from "../graph/execute.ts";
import type { GraphResult } from "../graph/graph-run.ts";
import { tellSidecars } from "../phases/binding.ts";
import { restartOutdatedAgent, restartOutdatedSidecars } from "../phases/outdated.ts";
import type { BootParts, PhaseOutputs } from "../phases/phase.ts";
import { adoptPhases, bindPhases, type Interrupts, planOf } from "../phases/table.ts";
import type { AdoptOutcome, AdoptWork } from "./adopt-admission.ts";
import type { PresentConfig } from "./present-config.ts";

export interface Seed {
  readonly config: Config;
  readonly present: Pick<PresentConfig, "bind" | "release">;
  readonly clock: Clock;
  readonly grace: Grace;
  readonly parts: BootParts;
  readonly interrupts: Interrupts;
  readonly bus: EventBus;
  readonly redactor: Redactor;
  /** How the seed's own graph ended. The phases of an adopt build on its phases. */
  readonly seeded: GraphResult;
  /** Called when an adopt has ended, well or not: the report has changed. */
  readonly onEnded: (result: GraphResult) => Promise<void>;
}

/**
 * Gives a seed its binding: repositories, hooks, session and bridge, with the agent that runs already.
 *
 * An adopt that fails is undone: processes that its hooks left are ended, checkouts that it made are removed, and what was
 * bound is put back and forgotten. So the next adopt starts from the same seed. When something cannot be undone, the seed is
 * spent, and takes no other.
 */
export function adoptInto(seed: Seed): AdoptWork {
  return async ({ id, binding, source }, signal) => {
    const { clock, bus, parts, present, redactor } = seed;
    const requestedMs = clock.nowMs();
    const bound = bindConfig(seed.config, binding, { id, source });
    if (bound.id === "invalid") return bound;
    // Before anything can print these secrets.
    const forget = redactor.hide(secretsOf(bound.config));
    const mark = adoptMark(randomId());
    const config = { ...bound.config, env: { ...bound.config.env, [mark.name]: mark.value } };
    const earlier = seed.seeded.settled;
    const phases = adoptPhases(config);
    const plan = planOf(phases, earlier.keys());
    present.bind(bound.config);
    bus.emit({
      type: "adopt.started",
      requestedMs,
      bindingId: id,
      sandboxId: config.sandboxId,
      repositories: config.repositories.map(({ name, branch }) => ({ name, branch })),
      phases: [...plan.phases],
    });
    if (seed.config.warnings.length === 0) {
      for (const warning of config.warnings) bus.emit(runtimeWarning(warning));
    }
    const emit = bus.emit.bind(bus);
    const free = await freePlaces(config);
    const graph = startGraph(plan, bindPhases(phases, parts), {
      clock,
      emit,
      signal,
      earlier,
      interrupts: seed.interrupts,
      // The warm-up goes on when prompts are let in.
      decidedBy: "required",
    });
    parts.defer(() => graph.ended);
    const result = await graph.decided;
    const outcome = redactor.redact(outcomeOf(result, { id, requestedMs }, seed));
    let spent: Failure | null = null;
    if (outcome.id === "failed") {
      spent = await undo(seed, result, { mark, free });
      const { phase, failure } = outcome;
      bus.emit({
        type: "adopt.failed",
        sandboxId: seed.config.sandboxId,
        phase,
        failure,
        readyByThen: [...outcome.readyByThen],
        ...(spent !== null && { spent }),
      });
      forget();
    }
    // The tenant has its sandbox, whether or not its report could be written.
    await seed.onEnded(result).catch((error: unknown) => {
      bus.emit(runtimeWarning({ code: "boot-not-recorded", cause: causeOf(error) }));
    });
    return outcome.id === "failed" ? { ...outcome, spent: spent !== null } : outcome;
  };
}

interface Made {
  /** Of what its hooks started. */
  readonly mark: ProcessMark;
  /** Where there was no checkout before. */
  readonly free: readonly string[];
}

/**
 * Makes the seed anybody's again. Each step is tried, whatever became of the others.
 *
 * @returns What could not be undone first; null when the seed is as it was before.
 */
async function undo(
  seed: Seed,
  result: GraphResult,
  { mark, free }: Made,
): Promise<Failure | null> {
  const { config, present } = seed;
  const { removeCheckout } = await import("../../workspace/git/repositories.ts");
  const steps = [
    () => terminateMarked(mark, seed.grace),
    ...free.map((path) => () => removeCheckout(path, config.workspace)),
    ...agentsOf(config).map((agent) => async () => {
      const bound = result.settled.get(agentName("agent.binding", agent));
      await (bound as PhaseOutputs["agent.binding"] | undefined)?.undo();
    }),
    async () => present.release(),
    () => tellSidecars(config),
    ...restarts(seed, result),
  ];
  let first: Failure | null = null;
  for (const step of steps) {
    await step().catch((error: unknown) => {
      first ??= toWire(failureOf(error));
    });
  }
  return first;
}

/** Starts again what was started with the binding, or has read its workspace. */
function restarts({ config, parts, grace }: Seed, result: GraphResult): (() => Promise<unknown>)[] {
  if (grace.hurry.aborted || result.id === "cancelled") return [];
  const begun = [...result.settled.keys(), ...(result.id === "failed" ? [result.phase] : [])];
  const hasRead = begun.some((id) => /^agent\.session(?::|$)/.test(id));
  const how = {
    signal: grace.hurry,
    ...(hasRead && { anyway: "it had read the workspace of a binding that failed" }),
  };
  return [
    ...agentsOf(config)
      .map((agent) => ({ agent, parts: parts.agentOf(agent) }))
      // The seed has waited without it, too.
      .filter(
        ({ agent, parts: { process } }) =>
          agent.isPrimary || process.current.id !== "not-installed",
      )
      .map((one) => () => restartOutdatedAgent(one.parts, how)),
    () => restartOutdatedSidecars(parts),
  ];
}

function outcomeOf(
  result: GraphResult,
  { id, requestedMs }: { readonly id: string; readonly requestedMs: number },
  { bus, clock }: Seed,
): Extract<AdoptOutcome, { id: "adopted" | "failed" }> {
  switch (result.id) {
    case "done": {
      const { urls, readyMs } = bus.state;
      const ready = readyMs ?? clock.nowMs();
      const durationMs = ready - requestedMs;
      return { id: "adopted", bindingId: id, requestedMs, readyMs: ready, durationMs, urls };
    }
    case "failed":
      return result;
    case "cancelled": {
      const failure = toWire({ code: "cancelled", reason: result.reason });
      return { id: "failed", phase: "adopt", failure, readyByThen: [] };
    }
    default:
      return result satisfies never;
  }
}

/** The folders in which there is no checkout yet: what will lie there after a failed adopt, the adopt has made. */
async function freePlaces({ repositories }: Config): Promise<readonly string[]> {
  const { isFree } = await import("../../workspace/git/repositories.ts");
  const free = await Promise.all(repositories.map(({ path }) => isFree(path)));
  return repositories.map(({ path }) => path).filter((_, at) => free[at]);
}
