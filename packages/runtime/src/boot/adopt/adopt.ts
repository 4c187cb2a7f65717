import { randomUUID } from "node:crypto";
import type { Clock } from "../../base/clock.ts";
import { toWire } from "../../base/failed.ts";
import type { InputProblem } from "../../base/failure.ts";
import type { Redactor } from "../../base/redact.ts";
import type { Config } from "../../config/config.ts";
import { repositoryContradictions } from "../../config/contradictions.ts";
import { problemsOf } from "../../config/errors.ts";
import { agentDirectoryOf, resolveRepositories } from "../../config/repositories.ts";
import { secretsOf } from "../../config/secrets.ts";
import type { EventBus } from "../../observe/events/bus.ts";
import type { Grace } from "../../process/grace.ts";
import { adoptMark, type ProcessMark } from "../../process/process-mark.ts";
import { terminateMarked } from "../../process/terminate.ts";
import { isFree, removeCheckout } from "../../workspace/git/clone.ts";
import { startGraph } from "../graph/execute.ts";
import type { GraphResult } from "../graph/graph-run.ts";
import type { BootParts } from "../phases/phase.ts";
import { adoptPhases, bindPhases, type Interrupts, planOf } from "../phases/table.ts";
import type { AdoptOutcome, AdoptWork } from "./adopt-admission.ts";

export interface Seed {
  readonly config: Config;
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
 * Gives a seed its repositories: sync, hooks, session and bridge, with the agent that runs already.
 *
 * An adopt that fails is undone: processes that its hooks left are ended, and checkouts that it made are removed. So the
 * next adopt starts from the same seed.
 */
export function adoptInto(seed: Seed): AdoptWork {
  return async (request, signal) => {
    const { clock, bus, parts } = seed;
    const requestedMs = clock.nowMs();
    const mark = adoptMark(randomUUID());
    const read = await readRequest(request, seed.config, mark);
    if (read.id === "invalid") return read;
    const { config } = read;
    // Before anything can print these secrets.
    seed.redactor.hide(secretsOf({ repositories: config.repositories }));
    const earlier = seed.seeded.settled;
    const phases = adoptPhases(config);
    const plan = planOf(phases, earlier.keys());
    bus.emit({
      type: "adopt.started",
      requestedMs,
      repositories: config.repositories.map(({ name, branch }) => ({ name, branch })),
      phases: [...plan.phases],
    });
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
    const outcome = outcomeOf(result, requestedMs, seed);
    if (outcome.id === "failed") {
      await terminateMarked(mark, seed.grace);
      for (const path of free) await removeCheckout(path);
      const { phase, failure, readyByThen } = outcome;
      bus.emit({ type: "adopt.failed", phase, failure, readyByThen: [...readyByThen] });
    }
    await seed.onEnded(result);
    return outcome;
  };
}

type ReadRequest =
  | { readonly id: "read"; readonly config: Config }
  | { readonly id: "invalid"; readonly problems: readonly InputProblem[] };

async function readRequest(
  request: unknown,
  config: Config,
  mark: ProcessMark,
): Promise<ReadRequest> {
  const source = "request";
  // Loaded here, because no boot needs the protocol's schemas before it has started the agent.
  const { adoptRequestSchema } = await import("../../protocol/adopt.ts");
  const parsed = adoptRequestSchema.safeParse(request);
  if (!parsed.success) {
    return { id: "invalid", problems: problemsOf(parsed.error, source, request) };
  }
  const problems: InputProblem[] = [];
  const repositories =
    parsed.data.repositories === undefined
      ? config.repositories
      : resolveRepositories(
          parsed.data.repositories.map((repository, index) => ({
            ...repository,
            name: repository.name ?? nameFromUrl(repository.url) ?? `repository-${index}`,
          })),
          config.workspace,
          config.workspace,
        );
  if (repositories.length === 0) {
    const expected = "at least one, because the seed's config has none";
    problems.push({ source, key: "repositories", expected, found: "nothing" });
  }
  const adopted: Config = {
    ...config,
    repositories,
    agentDirectory: agentDirectoryOf(repositories, config.workspace),
    env: { ...config.env, [mark.name]: mark.value },
  };
  problems.push(...repositoryContradictions(adopted, source));
  return problems.length > 0 ? { id: "invalid", problems } : { id: "read", config: adopted };
}

/** `https://host/acme/shop.git` is `shop`. */
function nameFromUrl(url: string): string | null {
  return /([A-Za-z0-9_][A-Za-z0-9._-]*?)(?:\.git)?\/*$/.exec(url)?.[1] ?? null;
}

function outcomeOf(
  result: GraphResult,
  requestedMs: number,
  { bus, clock }: Seed,
): Extract<AdoptOutcome, { id: "adopted" | "failed" }> {
  switch (result.id) {
    case "done": {
      const { urls, readyMs } = bus.state;
      const ready = readyMs ?? clock.nowMs();
      return { id: "adopted", requestedMs, readyMs: ready, durationMs: ready - requestedMs, urls };
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
  const free = await Promise.all(repositories.map(({ path }) => isFree(path)));
  return repositories.map(({ path }) => path).filter((_, at) => free[at]);
}
