import { existsSync } from "node:fs";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect } from "vitest";
import { nodeUnderTest } from "../../../../../test/support/node-under-test.ts";
import { writeFiles } from "../../support/git.ts";
import { buildOwnStage } from "../../support/own-stage.ts";
import { stagerBin } from "../../support/stage.ts";
import { fatal, type Row, ready } from "../row.ts";
import type { World } from "../world.ts";

const PLUGIN = "@opencode-ai/plugin";

/** A stage with the packages of OpenCode, for its own config folder and the global one. */
const withStage = ({ folder }: World) =>
  buildOwnStage(folder, {
    extra: {
      [`modules/${PLUGIN}/package.json`]: '{"version":"1.18.33"}',
      "package.json": "{}",
      "skill/global/SKILL.md": "# Global\n",
    },
    entries: [
      { from: "modules", to: "global/node_modules", kind: "link" },
      { from: "package.json", to: "global/package.json" },
      { from: "skill/global", to: "global/skill", kind: "link" },
    ],
  });

const openCode = (world: World) => ({
  stage: { dir: "stage" },
  agent: {
    kind: "opencode",
    start: "speculative",
    port: world.agentPort,
    warm: { process: "off", workspace: "off" },
  },
});

/** Where the agent and hooks may come upon what other boots use. */
const foldersOf = ({ home, checkout }: World) => [
  join(home, ".config/opencode"),
  join(checkout, ".opencode"),
];

const outside = ({ folder }: World) => join(folder, "outside");

/** What lies in a workspace or a home and leads elsewhere. */
export const linkRows: readonly Row[] = [
  {
    fault: "an agent that writes wherever its folders lead, and a stage that others use",
    files: {
      ".opencode/tool/a.js": 'import "a";\n',
      ".opencode/package.json": "{}\n",
    },
    agentFault: "asks-for-password",
    config: openCode,
    before: withStage,
    whenReady: async (world) => {
      for (const folder of foldersOf(world)) {
        await writeFiles(folder, {
          "node_modules/evil/index.js": "evil\n",
          "package.json": "evil\n",
        });
      }
      await writeFiles(join(world.checkout, ".opencode/node_modules/a"), { "index.js": "evil\n" });
      await writeFiles(join(world.home, ".config/opencode/skill"), { "SKILL.md": "evil\n" });
    },
    after: async ({ folder }) => {
      await execa(nodeUnderTest, [stagerBin, "verify", join(folder, "stage"), "--deep"]);
    },
    end: ready(),
  },
  {
    fault: "a .opencode that is a link to a folder outside of the checkout",
    files: {},
    checkout: true,
    agentFault: "asks-for-password",
    config: openCode,
    before: async (world) => {
      await withStage(world);
      await mkdir(outside(world));
      await symlink(outside(world), join(world.checkout, ".opencode"));
    },
    after: async (world) => expect(await readdir(outside(world))).toEqual([]),
    end: ready("packages-not-linked"),
  },
  {
    fault: "a .opencode for several repositories that is a link to a folder outside",
    isLong: true,
    files: { ".opencode/command/hello.md": "Hello\n" },
    agentFault: "asks-for-password",
    config: (world) => ({
      ...openCode(world),
      repositories: ["demo", "other"].map((name) => ({ name, url: world.origin.path })),
    }),
    before: async (world) => {
      await withStage(world);
      await mkdir(outside(world));
      await mkdir(world.workspace);
      await symlink(outside(world), join(world.workspace, ".opencode"));
    },
    after: async (world) => expect(await readdir(outside(world))).toEqual([]),
    end: ready("config-left-out", "config-overridden", "packages-not-linked"),
  },
  {
    fault: "a .opencode that is a link to nowhere",
    isLong: true,
    files: {},
    checkout: true,
    agentFault: "asks-for-password",
    config: openCode,
    before: async (world) => {
      await withStage(world);
      await symlink("/nowhere/at/all", join(world.checkout, ".opencode"));
    },
    end: ready(),
  },
  {
    fault: "a home that is read-only",
    isLong: true,
    agentFault: "asks-for-password",
    config: openCode,
    before: withStage,
    under: [
      "unshare",
      "--mount",
      "bash",
      "-c",
      'mount --bind "$HOME" "$HOME" && mount -o remount,bind,ro "$HOME" && exec "$@"',
      "bash",
    ],
    end: ready("packages-not-linked"),
  },
  {
    fault: "a disk that is full while the stage is installed",
    agentFault: "asks-for-password",
    config: (world) => {
      const { stage, agent } = openCode(world);
      return { agent, stage: { ...stage, target: "small" } };
    },
    before: async (world) => {
      const { folder } = world;
      await mkdir(join(folder, "plan/skill/large"), { recursive: true });
      await writeFile(join(folder, "plan/skill/large/SKILL.md"), Buffer.alloc(100_000, "x"));
      await withStage(world);
      await mkdir(join(folder, "small"));
    },
    under: [
      "unshare",
      "--mount",
      "bash",
      "-c",
      'mount -t tmpfs -o size=64k none small && exec "$@"',
      "bash",
    ],
    end: fatal("system-error", /disk is full/),
  },
  {
    fault: "a home whose folder for configuration is a file",
    agentFault: "asks-for-password",
    config: openCode,
    before: async (world) => {
      await withStage(world);
      await writeFile(join(world.home, ".config"), "");
    },
    after: ({ home }) => expect(existsSync(join(home, ".config/opencode"))).toBe(false),
    end: ready("packages-not-linked"),
  },
];
