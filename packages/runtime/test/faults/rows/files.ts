import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect } from "vitest";
import { interrupted, type Row, ready, startSh } from "../row.ts";

/** Files and folders of ours that are something else. */
export const fileRows: readonly Row[] = [
  {
    fault: "a folder in the place of the event log",
    before: ({ state }) => mkdir(join(state, "events.jsonl"), { recursive: true }),
    end: ready("events-not-written"),
  },
  {
    fault: "a file in the place of the history",
    isLong: true,
    before: async ({ state }) => {
      await mkdir(state);
      await writeFile(join(state, "history"), "");
    },
    end: ready("boot-not-recorded"),
  },
  {
    fault: "a file in the place of the socket",
    before: async ({ state }) => {
      await mkdir(state);
      await writeFile(join(state, "runtime.sock"), "");
    },
    end: { id: "interrupted", exitCode: 1 },
  },
  {
    fault: "a socket that somebody else listens on",
    before: async (world) => {
      await mkdir(world.state);
      const server = createServer((socket) => socket.destroy());
      await new Promise<void>((resolve) => server.listen(world.socket, resolve));
      world.defer(() => new Promise((resolve) => server.close(resolve)));
    },
    end: { id: "interrupted", exitCode: 1 },
  },
  {
    fault: "a home that is not there",
    env: ({ folder }) => ({ HOME: join(folder, "home", "none") }),
    files: startSh("true"),
    end: ready(),
  },
  {
    fault: "a workspace that is a link",
    isLong: true,
    before: async ({ workspace, folder }) => {
      await mkdir(join(folder, "real"));
      await symlink("real", workspace);
    },
    files: {},
    end: ready(),
  },
  {
    fault: "a state folder that is full",
    under: [
      "unshare",
      "--mount",
      "bash",
      "-c",
      'mount -t tmpfs -o size=64k none "$STATE" && exec "$@"',
      "bash",
    ],
    before: ({ state }) => mkdir(state),
    env: ({ state }) => ({ STATE: state }),
    files: startSh("seq 5000"),
    end: ready("events-not-written", "boot-not-recorded"),
  },
  {
    fault: "a report for which the disk has no room",
    under: [
      "unshare",
      "--mount",
      "bash",
      "-c",
      [
        "mkdir reports && mount -t tmpfs -o size=4k none reports",
        "head -c 4096 /dev/zero > reports/full",
        '"$@"; code=$?; ls reports > left; exit $code',
      ].join("\n"),
      "bash",
    ],
    reportIn: "reports",
    hasNoReport: true,
    after: async ({ run, folder }) => {
      expect((await run.ended()).stderr).toMatch(/--report.*the disk is full/);
      expect(await readFile(join(folder, "left"), "utf8")).toBe("full\n");
    },
    end: interrupted(2),
  },
  {
    fault: "a folder for temporary files that is full",
    under: [
      "unshare",
      "--mount",
      "bash",
      "-c",
      'mount -t tmpfs -o size=4k none "$TMPDIR" && head -c 4096 /dev/zero > "$TMPDIR/full"; exec "$@"',
      "bash",
    ],
    files: startSh("true"),
    end: ready(),
  },
  {
    fault: "a folder for temporary files that is not there",
    env: ({ folder }) => ({ TMPDIR: join(folder, "none") }),
    files: startSh("true"),
    end: ready(),
  },
];
