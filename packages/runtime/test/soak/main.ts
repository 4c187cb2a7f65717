// `npm run soak -- --minutes N [--seed S]`: one runtime lives through crashes, restarts and requests all the time, and beside it
// others boot, adopt, fail and end, in random order. Prints figures every minute. Ends with exit code 1 when memory,
// descriptors, processes or files have grown, or when something ended in another way than it had to.
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Row, ready, startSh } from "../faults/row.ts";
import { World } from "../faults/world.ts";
import { randomFrom } from "../support/random.ts";
import { bytesIn, type Figures, figuresOf, grown, lineOf } from "./figures.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
  },
});
const seed = Number(values.seed);
const random = randomFrom(seed);
const startMs = performance.now();
const endMs = startMs + Number(values.minutes) * 60_000;
if (!Number.isInteger(seed) || !(endMs > startMs)) {
  process.stderr.write("usage: npm run soak -- [--minutes N] [--seed S]\n");
  process.exit(2);
}

const row = (keys: Partial<Row>): Row => ({ fault: "soak", end: ready(), ...keys });

/** What the living runtime goes through. */
const livingRow = row({
  config: () => ({
    agent: {
      restart: { when: "always", max: 1_000_000, backoffSeconds: 0.01, maxBackoffSeconds: 0.01 },
    },
    sidecars: [{ id: "side", command: ["sleep", "100000"] }],
    history: { keep: 5 },
  }),
});

const living: Record<string, (world: World) => Promise<unknown>> = {
  "agent crashes": async (world) => {
    // It is answered when the agent is back from what it went through before.
    await world.ask("/works");
    const pids = world.agentPids().length;
    process.kill(world.agentPids().at(-1) ?? 0, "SIGKILL");
    while (world.agentPids().length === pids) await world.api("/livez");
    await world.ask("/works");
  },
  "agent restarted": (world) => world.api("/v1/processes/agent/restart", { method: "POST" }),
  "sidecar stopped": async (world) => {
    await world.api("/v1/processes/side/stop", { method: "POST" });
    await world.api("/v1/processes/side/start", { method: "POST" });
  },
  requests: (world) => Promise.all(Array.from({ length: 20 }, () => world.ask("/works"))),
  "clients that leave": async (world) => {
    const head = "GET /ws HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
    for (const target of [connect(world.bridgePort, "127.0.0.1"), connect(world.socket)]) {
      target.on("error", () => {});
      await new Promise<void>((resolve) => target.write(head, () => resolve()));
      target.destroy();
    }
    await world.api("/v1/state");
  },
};

const patient = startSh("echo begun", "exec sleep 1000");

/** Boots that begin and end beside it. */
const passing: Record<string, () => Promise<void>> = {
  boot: () =>
    during(row({ files: startSh("echo works") }), async (world) => {
      await world.run.until("boot.ready");
      await endsWith(world, 0);
    }),
  "boots of one state folder": () =>
    during(row({ files: {} }), async (world) => {
      for (const name of ["SIGKILL", "SIGTERM", "SIGKILL"] as const) {
        await world.run.until("boot.ready");
        world.run.signal(name);
        await world.run.ended();
        await world.boot();
      }
      await world.run.until("boot.ready");
      await endsWith(world, 0);
    }),
  adopt: () =>
    during(
      row({ files: {}, config: () => ({ mode: "seed", repositories: [] }) }),
      async (world) => {
        await world.run.until("boot.seeded");
        const repositories = [{ name: "demo", url: world.origin.path, branch: "main" }];
        const body = JSON.stringify({ repositories });
        const { status } = await world.api("/v1/adopt", { method: "POST", body });
        if (status !== 200) throw new Error(`adopt was answered ${status}`);
        await endsWith(world, 0);
      },
    ),
  "failing hook": () =>
    during(row({ files: startSh("sleep 1000 &", "exit 3") }), (world) => endsWith(world, 1, null)),
  "interrupted hook": () =>
    during(row({ files: patient }), async (world) => {
      await world.run.until("phase.output");
      await endsWith(world, 143);
    }),
  "failing agent": () =>
    during(row({ agentFault: "exits", config: () => ({ agent: { restart: "never" } }) }), (world) =>
      endsWith(world, 1, null),
    ),
};

process.stdout.write(`seed ${seed}\n`);
const folder = await mkdtemp(join(tmpdir(), "sandboot-soak-"));
process.env["TMPDIR"] = folder;
const problems: string[] = [];
const figures: Figures[] = [];
const counts = new Map<string, number>();
{
  await using world = await World.create(livingRow);
  const run = await world.boot();
  await run.until("boot.ready");
  let shownMs = startMs;
  while (performance.now() < endMs) {
    const [inside, act] = chosen(living);
    const [beside, boot] = chosen(passing);
    await Promise.all([
      attempt(inside, () => act(world)),
      // Boots take longer than requests: not in each round.
      random() < 0.4 ? attempt(beside, boot) : null,
    ]);
    if (performance.now() - shownMs < 60_000 && performance.now() < endMs) continue;
    shownMs = performance.now();
    await world.ask("/works");
    figures.push(
      figuresOf(run.pid, { stateBytes: bytesIn(world.state), tmpBytes: bytesIn(world.tmp) }),
    );
    process.stdout.write(
      `${Math.round((shownMs - startMs) / 60_000)} min  ${lineOf(figures.at(-1))}\n`,
    );
    // The test's own memory, which is not under test.
    run.events.length = 0;
  }
  if (run.liveness.unanswered > 0) problems.push(`${run.liveness.unanswered} polls unanswered`);
  process.stdout.write(
    `longest /livez ${Math.round(run.liveness.longestMs)} ms of ${run.liveness.answered}\n`,
  );
  run.signal("SIGTERM");
  const { exitCode, stderr } = await run.ended();
  if (exitCode !== 0) problems.push(`the living runtime ended with ${exitCode}: ${stderr}`);
  const left = world.left();
  if (left.length > 0) problems.push(`${left.length} processes are left`);
}
await rm(folder, { recursive: true, force: true });
problems.push(...grown(figures));
for (const [name, count] of [...counts].toSorted()) process.stdout.write(`${count} × ${name}\n`);
for (const problem of problems) process.stdout.write(`PROBLEM: ${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;

function chosen<T>(all: Readonly<Record<string, T>>): [string, T] {
  const entries = Object.entries(all);
  const entry = entries[Math.floor(random() * entries.length)];
  if (entry === undefined) throw new Error("there is nothing to choose from");
  return entry;
}

async function attempt(name: string, act: () => Promise<unknown>): Promise<void> {
  counts.set(name, (counts.get(name) ?? 0) + 1);
  try {
    await act();
  } catch (error) {
    problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Boots a world, and looks that nothing of it is left. */
async function during(what: Row, act: (world: World) => Promise<void>): Promise<void> {
  await using world = await World.create(what);
  await world.boot();
  await act(world);
  const left = world.left();
  if (left.length > 0) throw new Error(`${left.length} processes are left`);
  const tmp = bytesIn(world.tmp);
  if (tmp > 0) throw new Error(`${tmp} bytes of temporary files are left`);
}

/** @param signal - Sent first; null when it ends by itself. */
async function endsWith({ run }: World, code: number, signal: NodeJS.Signals | null = "SIGTERM") {
  if (signal !== null) run.signal(signal);
  const { exitCode, stderr } = await run.ended();
  if (exitCode !== code) throw new Error(`ended with ${exitCode}, not ${code}: ${stderr}`);
}
