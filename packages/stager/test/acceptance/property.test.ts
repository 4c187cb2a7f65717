import { chmod, mkdir, rm, symlink, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { installStage, uninstallStage } from "../../src/index.ts";
import { choose } from "../../src/strategies/choose.ts";
import type { FileStrategyName } from "../../src/strategies/strategy.ts";
import { place } from "../../src/strategies/tasks.ts";
import { packFiles } from "../../src/tree/packed.ts";
import { walk } from "../../src/tree/tasks.ts";
import { isMountable, mount } from "../support/mounts.ts";
import { never, scratchFolder, scratchPool } from "../support/scratch.ts";
import { build, writePlan } from "../support/stages.ts";
import { type Files, snapshot, snapshotOfTarget, writeFiles } from "../support/trees.ts";

const TEST_MS = 600_000;

/**
 * A failure prints its seed and path. With them here, it can be repeated. A hang prints them, too, because this time limit is
 * shorter than the test's.
 */
const RUNS = { numRuns: 40, interruptAfterTimeLimit: TEST_MS / 2, markInterruptAsFailure: true };

/** Few names, so that paths of the user, the stage and the next stage often collide. */
const name = fc.constantFrom("a", "b", "c");
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));

/** A tree without conflicts between files and folders. */
const tree = fc
  .array(fc.tuple(path, fc.constantFrom("", "1", "two", "x".repeat(5000)), fc.boolean()), {
    maxLength: 6,
  })
  .map((files): Files => {
    const taken = new Map<string, string>();
    for (const [at, text] of files) {
      const clashes = [...taken.keys()].some(
        (other) => other === at || other.startsWith(`${at}/`) || at.startsWith(`${other}/`),
      );
      if (!clashes) taken.set(at, text);
    }
    return Object.fromEntries(taken);
  });

interface Entry {
  readonly to: string;
  readonly files: Files;
  readonly kind: "link" | "copy" | "tree";
  readonly isolation: "shared" | "private";
  readonly gate: string | undefined;
}

const entry: fc.Arbitrary<Entry> = fc.record({
  to: path,
  files: tree,
  kind: fc.constantFrom("link", "copy", "tree"),
  isolation: fc.constantFrom("shared", "private"),
  gate: fc.constantFrom(undefined, "OPEN", "SHUT"),
});

/** Entries without conflicts: no path is equal to or inside another. */
const plan = fc.array(entry, { minLength: 1, maxLength: 4 }).map((entries) =>
  entries.filter(({ to }, index) =>
    entries.slice(0, index).every((other) => {
      const [one, two] = [`${to}/`, `${other.to}/`];
      return !one.startsWith(two) && !two.startsWith(one);
    }),
  ),
);

const env = { OPEN: "1" };

async function makeStage(folder: string, entries: readonly Entry[]): Promise<string> {
  const files: Record<string, Files[string]> = {};
  for (const [index, one] of entries.entries()) {
    // An empty tree is still a folder.
    await mkdir(join(folder, `plan/${index}`), { recursive: true });
    for (const [at, content] of Object.entries(one.files)) files[`${index}/${at}`] = content;
  }
  const planFile = await writePlan(join(folder, "plan"), {
    files,
    entries: entries.map(({ to, kind, isolation, gate }, index) => ({
      from: String(index),
      to,
      kind,
      isolation,
      gate,
    })),
  });
  await build(scratchPool(), planFile, join(folder, "stage"));
  return join(folder, "stage");
}

/** Checks a property, with a new folder for each case. */
async function check<T extends unknown[]>(
  arbitrary: fc.Arbitrary<T>,
  holds: (folder: string, ...values: T) => Promise<void>,
): Promise<void> {
  const folder = await scratchFolder();
  let run = 0;
  const property = fc.asyncProperty(arbitrary, async (values) => {
    const own = join(folder, String(run++));
    await mkdir(own);
    await holds(own, ...values);
    await rm(own, { recursive: true, force: true });
  });
  await fc.assert(property, RUNS);
}

/** Makes a target with the user's files. It exists even without any files. */
async function usersFolder(path: string, users: Files): Promise<string> {
  await mkdir(path);
  await writeFiles(path, users);
  return path;
}

function installer(targetDir: string, onConflict: "keep" | "replace") {
  const pool = scratchPool();
  return {
    install: (stageDir: string) =>
      installStage({ pool, stageDir, targetDir, env, onConflict, signal: never }),
    uninstall: () => uninstallStage({ pool, targetDir, signal: never }),
  };
}

const policy = fc.constantFrom("keep" as const, "replace" as const);

describe("for random plans and trees", () => {
  it(
    "C5: install and uninstall together do not change the user's files",
    async () => {
      await check(fc.tuple(plan, tree, policy), async (folder, entries, users, onConflict) => {
        const target = await usersFolder(join(folder, "target"), users);
        const before = await snapshot(target);
        const { install, uninstall } = installer(target, onConflict);
        await install(await makeStage(folder, entries));
        await uninstall();
        expect(await snapshot(target)).toEqual(before);
      });
    },
    TEST_MS,
  );

  it(
    "C5: an upgrade between them does not either, and a stage is never changed",
    async () => {
      await check(
        fc.tuple(plan, plan, tree, policy),
        async (folder, first, second, users, onConflict) => {
          const target = await usersFolder(join(folder, "target"), users);
          const before = await snapshot(target);
          const stages = [
            await makeStage(join(folder, "first"), first),
            await makeStage(join(folder, "second"), second),
          ];
          const [a = "", b = ""] = stages;
          const whole = [await snapshot(a), await snapshot(b)];
          const { install, uninstall } = installer(target, onConflict);
          await install(a);
          const upgraded = await install(b);
          expect([await snapshot(a), await snapshot(b)]).toEqual(whole);
          // The result of the second stage does not depend on the first, unless the policy moved user's files away.
          if (onConflict === "keep") {
            const fresh = await usersFolder(join(folder, "fresh"), users);
            const direct = await installer(fresh, onConflict).install(b);
            expect(await snapshotOfTarget(target)).toEqual(await snapshotOfTarget(fresh));
            expect(upgraded.counts).toEqual(direct.counts);
          }
          await uninstall();
          expect(await snapshot(target)).toEqual(before);
        },
      );
    },
    TEST_MS,
  );

  it(
    "a second install finds everything present and changes nothing",
    async () => {
      await check(fc.tuple(plan, tree), async (folder, entries, users) => {
        const target = await usersFolder(join(folder, "target"), users);
        const stage = await makeStage(folder, entries);
        const { install } = installer(target, "keep");
        const first = await install(stage);
        const before = await snapshot(target);
        const second = await install(stage);
        expect(await snapshot(target)).toEqual(before);
        const { gated = 0, conflict = 0 } = first.counts;
        const placed = first.items.length - gated - conflict;
        expect(second.counts).toEqual({
          ...(placed > 0 && { present: placed }),
          ...(gated > 0 && { gated }),
          ...(conflict > 0 && { conflict }),
        });
        expect(second.bytes).toBe(first.bytes);
      });
    },
    TEST_MS,
  );
});

describe("for random trees", () => {
  const ways = [
    "copy",
    "hardlink",
    ...(isMountable("btrfs") ? (["reflink"] as const) : []),
  ] as const;

  it.skipIf(!isMountable("btrfs"))(
    `${ways.join(", ")} give equal trees, modes and times`,
    async () => {
      const disk = join(await scratchFolder(), "disk");
      mount("btrfs", disk);
      const pool = scratchPool();
      let run = 0;
      const property = fc.asyncProperty(tree, fc.boolean(), async (files, executable) => {
        const folder = join(disk, String(run++));
        const source = join(folder, "source");
        await mkdir(source, { recursive: true });
        await writeFiles(source, files);
        for (const at of Object.keys(files)) {
          await chmod(join(source, at), executable ? 0o555 : 0o444);
          await utimes(join(source, at), 1_234_567_890.125, 1_234_567_890.125);
        }
        await symlink("a", join(source, "link"));
        const nodes = await pool.runCancellable(walk, { root: source }, never);
        const placed = nodes.filter((node) => node.type === "file");
        const results = [];
        for (const strategy of ways) {
          const target = join(folder, strategy);
          for (const { path: at } of placed) {
            await mkdir(dirname(join(target, at)), { recursive: true });
          }
          const work = {
            source,
            target,
            strategy,
            ofStage: false,
            mode: null,
            grantedMode: 0,
          };
          await pool.runCancellable(place, { work, files: packFiles(placed) }, never);
          const found = await pool.runCancellable(walk, { root: target }, never).catch(() => []);
          const contents = placed.length === 0 ? {} : await snapshot(target);
          results.push({ contents, files: found.filter((node) => node.type === "file") });
        }
        for (const result of results) expect(result).toEqual(results[0]);
        expect(results[0]?.files).toEqual(placed);
        await rm(folder, { recursive: true, force: true });
      });
      await fc.assert(property, RUNS);
    },
    TEST_MS,
  );
});

describe("the choice of a strategy", () => {
  it("never shares an inode that may be written, or that needs another mode", () => {
    const property = fc.property(
      fc.record({ isolation: fc.constantFrom("shared", "private"), keepsModes: fc.boolean() }),
      fc.record({ reflink: fc.boolean(), hardlink: fc.boolean(), why: fc.constant("why") }),
      (one, can) => {
        const { strategy, reason } = choose(one, can);
        const expected: FileStrategyName = can.reflink
          ? "reflink"
          : can.hardlink && one.isolation === "shared" && one.keepsModes
            ? "hardlink"
            : "copy";
        expect(strategy).toBe(expected);
        expect(reason).not.toBe("");
      },
    );
    fc.assert(property);
  });
});
