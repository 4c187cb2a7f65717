// `npm run fuzz -- --minutes N [--seed S] [--target NAME]`: tries inputs for so long. Half of the time fast-check makes them; in
// the other half they grow from those that reached code which no input had reached before. Prints each fault with the input,
// and ends with exit code 1 if there was one.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { randomFrom } from "../support/random.ts";
import { Coverage } from "./coverage.ts";
import { edited, randomEdit } from "./nearly.ts";
import type { FuzzTarget, OpenTarget } from "./target.ts";
import { targets } from "./targets/table.ts";

/** How long one target has its turn. */
const TURN_MS = 5_000;

/** Inputs that reached something new; the oldest give way. */
const MOST_KEPT = 2_000;

interface Course {
  readonly target: FuzzTarget;
  readonly open: OpenTarget;
  readonly corpus: string[];
  runs: number;
  readonly faults: Map<string, string>;
}

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
    target: { type: "string" },
  },
});
const seed = Number(values.seed);
const endMs = performance.now() + Number(values.minutes) * 60_000;
const chosen = targets.filter(({ name }) => values.target === undefined || name === values.target);
if (chosen.length === 0 || !Number.isFinite(endMs) || !Number.isInteger(seed)) {
  const names = targets.map(({ name }) => name).join(", ");
  process.stderr.write(`usage: npm run fuzz -- [--minutes N] [--seed S] [--target ${names}]\n`);
  process.exit(2);
}

const random = randomFrom(seed);
const folder = await mkdtemp(join(tmpdir(), "sandboot-fuzz-"));
process.stdout.write(`seed ${seed}\n`);
const courses: Course[] = [];
for (const target of chosen) {
  const own = await mkdtemp(join(folder, `${target.name}-`));
  courses.push({ target, open: await target.open(own), corpus: [], runs: 0, faults: new Map() });
}
{
  await using coverage = await Coverage.start();
  for (let turn = 0; performance.now() < endMs; turn++) {
    for (const course of courses) {
      const untilMs = Math.min(endMs, performance.now() + TURN_MS);
      if (turn % 2 === 0) await byProperty(course, untilMs, seed + turn);
      else await byCoverage(course, untilMs, coverage);
    }
    for (const { target, runs, corpus, faults } of courses) {
      process.stdout.write(
        `${target.name.padEnd(8)} ${runs} runs, ${corpus.length} inputs kept, ${faults.size} faults\n`,
      );
    }
    process.stdout.write(`${coverage.size} blocks reached\n`);
  }
}
for (const { open } of courses) await open[Symbol.asyncDispose]();
await rm(folder, { recursive: true, force: true });
const faults = courses.flatMap((course) => [...course.faults]);
process.exitCode = faults.length > 0 ? 1 : 0;

async function byProperty(course: Course, untilMs: number, turnSeed: number): Promise<void> {
  const inputs = fc.sample(course.target.input, { seed: turnSeed, numRuns: 5_000 });
  for (const input of inputs) {
    if (performance.now() >= untilMs) return;
    await attempt(course, input);
    if (course.corpus.length < 20) course.corpus.push(input);
  }
}

async function byCoverage(course: Course, untilMs: number, coverage: Coverage): Promise<void> {
  await coverage.newBlocks();
  while (performance.now() < untilMs) {
    const before = course.corpus[Math.floor(random() * course.corpus.length)] ?? "";
    const edits = Array.from({ length: 1 + Math.floor(random() * 4) }, () => randomEdit(random));
    const input = edited(before, edits);
    await attempt(course, input);
    if ((await coverage.newBlocks()) === 0) continue;
    course.corpus.push(input);
    if (course.corpus.length > MOST_KEPT) course.corpus.shift();
  }
}

/** One fault is told once: others that end at the same place are the same. */
async function attempt(course: Course, input: string): Promise<void> {
  course.runs += 1;
  try {
    await course.open.run(input);
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const place = stack.split("\n").slice(0, 2).join("\n");
    if (course.faults.has(place)) return;
    course.faults.set(place, input);
    const shown = JSON.stringify(input);
    process.stdout.write(`\nFAULT in ${course.target.name}:\n${stack}\ninput: ${shown}\n\n`);
  }
}
