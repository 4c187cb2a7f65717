import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { readCatalogueIndex } from "@sandboot/stager";
import { describe, expect, it } from "vitest";
import { mergeAuthFile } from "../../src/agents/auth-file.ts";
import { readEnvFile } from "../../src/agents/env-file.ts";
import { obstacleToDecoy } from "../../src/agents/opencode/obstacles.ts";
import { processClock } from "../../src/base/clock.ts";
import { Failed } from "../../src/base/failed.ts";
import type { PhaseWarning, RuntimeWarning } from "../../src/base/warning.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Outbox } from "../../src/observe/control-plane/outbox.ts";
import { EventBus } from "../../src/observe/events/bus.ts";
import { EventLog } from "../../src/observe/events/event-log.ts";
import { readReport } from "../../src/report/read-report.ts";
import { linkExtensions } from "../../src/sidecars/code-server-extensions.ts";
import { addSettings } from "../../src/sidecars/code-server-settings.ts";
import { unpackVsix } from "../../src/sidecars/vsix.ts";
import { refuseLink } from "../../src/workspace/git/traps.ts";
import { Sandbox } from "../support/sandbox.ts";
import { scratchFolder } from "../support/scratch.ts";
import { bootStarted } from "../support/status.ts";
import { failureOf, SyncBench } from "../support/sync.ts";

const makePipe = (path: string) => execFileSync("mkfifo", [path]);

/** What a hook can put where a file is expected. Whoever opens or reads one of them as a file waits, or reads without end. */
const TRAPS: readonly (readonly [what: string, make: (path: string) => void])[] = [
  ["a named pipe", makePipe],
  [
    "a link to a pipe",
    (path) => {
      makePipe(`${path}.pipe`);
      symlinkSync(`${path}.pipe`, path);
    },
  ],
  ["a link to an endless device", (path) => symlinkSync("/dev/zero", path)],
  [
    "a file of 10 GB",
    (path) => {
      writeFileSync(path, "");
      truncateSync(path, 10e9);
    },
  ],
];

async function trapped(make: (path: string) => void, name = "file"): Promise<string> {
  const path = join(await scratchFolder(), name);
  make(path);
  return path;
}

describe.each(TRAPS)("C13: %s is never read where a file should be", (_, make) => {
  it.each<[what: string, read: (path: string) => unknown, code: string]>([
    ["the agent's file of variables", readEnvFile, "unfit-file"],
    [
      "the agent's file of keys",
      (path) => mergeAuthFile(path, { acme: { type: "api", key: "k" } }),
      "unfit-file",
    ],
    ["the config file", (file) => loadConfig({ file, env: {}, cwd: "/" }), "bad-input"],
    ["a report", readReport, "report-unreadable"],
  ])("%s: a failure that names it", async (_what, read, code) => {
    const path = await trapped(make);
    const error = await Promise.resolve(path)
      .then(read)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Failed);
    expect((error as Failed).failure.code).toBe(code);
    expect((error as Failed).message).toContain(path);
  });

  it("the catalogue's index and a VSIX: an error", async () => {
    const index = await trapped(make, "index.json");
    expect(() => readCatalogueIndex(dirname(index))).toThrow(index);
    const vsix = await trapped(make, "a.vsix");
    await expect(unpackVsix(vsix, await scratchFolder())).rejects.toThrow();
  });

  it("a configuration that the warm-up looks at: it is unreadable", async () => {
    const path = await trapped(make, "opencode.json");
    const places = { folders: [], files: [path], inline: {}, authFile: "/nowhere" };
    expect(await obstacleToDecoy(places)).toBe(`${path} cannot be read`);
  });

  it("code-server's settings and list of extensions: a warning, and they stay", async () => {
    const warnings: PhaseWarning[] = [];
    const warn = (warning: PhaseWarning) => warnings.push(warning);
    const settings = await trapped(make, "settings.json");
    await addSettings(settings, { "update.mode": "none" }, warn);
    const list = await trapped(make, "extensions.json");
    const extension = join(await scratchFolder(), "prices");
    mkdirSync(extension);
    make(join(extension, "package.json"));
    const [extensionsDir, store] = [dirname(list), await scratchFolder()];
    await linkExtensions({ sources: [extension], extensionsDir, store, warn });
    expect(warnings.map(({ code }) => code)).toEqual([
      "settings-unreadable",
      "extension-list-unreadable",
      "extension-missing",
    ]);
  });

  it("a message in the outbox: it is dropped", async () => {
    const path = await trapped(make, "000000000001.json");
    const outbox = await Outbox.open({
      inherited: null,
      folder: dirname(path),
      sandboxId: "box",
      maxMessages: 10,
      warn: (warning) => expect.unreachable(warning.code),
    });
    expect(outbox.size).toBe(0);
  });
});

describe("C13: the event log", () => {
  it.each(TRAPS.slice(0, 3))("%s in its place: a warning, and nothing waits", async (_, make) => {
    const path = await trapped(make, "events.jsonl");
    const warnings: RuntimeWarning[] = [];
    const bus = new EventBus({ clock: processClock, redact: (value) => value });
    const log = new EventLog(bus, { path, warn: (warning) => warnings.push(warning) });
    bus.emit(bootStarted);
    await log[Symbol.asyncDispose]();
    expect(warnings).toMatchObject([{ code: "events-not-written", path }]);
  });
});

describe("C13: git", () => {
  it.each([
    "HEAD",
    "config",
    "commondir",
    "packed-refs",
    "shallow",
    "refs/heads/main",
    "refs/remotes/origin/main",
    "logs/HEAD",
    "info/attributes",
    "info/exclude",
    "objects/info/alternates",
    "objects/info/commit-graph",
    "../.gitattributes",
  ])("a pipe as .git/%s: the sync is refused at once, and names it", async (part) => {
    const bench = await SyncBench.create();
    await bench.sync();
    const path = join(bench.checkout, ".git", part);
    rmSync(path, { force: true });
    makePipe(path);
    const failure = await failureOf(bench.sync());
    expect(failure).toMatchObject({ code: "git-failed", fatal: true });
    expect(failure.message).toContain(part === "HEAD" ? "it has no HEAD" : path);
  });

  it("a pipe as a .gitattributes further down is named long before the limit of git's step", async () => {
    const bench = await SyncBench.create();
    await bench.origin.commit("main", { "src/deep/a.txt": "a\n" });
    await bench.sync();
    const path = join(bench.checkout, "src/deep/.gitattributes");
    makePipe(path);
    await bench.origin.commit("main", { "src/deep/a.txt": "b\n" });
    const failure = await failureOf(bench.sync());
    expect(failure).toMatchObject({ code: "git-failed", detail: { problem: "trap", path } });
    expect(failure.message).toContain(path);
  });

  it("a pipe as .git/index: the index is made again from HEAD", async () => {
    const bench = await SyncBench.create();
    await bench.sync();
    const index = join(bench.checkout, ".git/index");
    rmSync(index);
    makePipe(index);
    await bench.sync();
    expect(bench.warnings).toMatchObject([{ code: "index-repaired" }]);
  });
});

describe("nothing that lies in a workspace says where git writes", () => {
  /** A checkout whose remote has news, and a folder that must stay as it is. */
  async function place() {
    const bench = await SyncBench.create();
    await bench.sync();
    await bench.origin.commit("main", { "new.txt": "new\n" });
    const elsewhere = join(bench.folder, "elsewhere");
    mkdirSync(elsewhere);
    return { bench, elsewhere, git: join(bench.checkout, ".git") };
  }

  it.each(["objects", "refs", "refs/heads", "logs", "logs/refs", "objects/pack", "config"])(
    "a .git/%s that leads out of the repository is refused",
    async (part) => {
      const { bench, elsewhere, git } = await place();
      const moved = join(elsewhere, "moved");
      renameSync(join(git, part), moved);
      symlinkSync(moved, join(git, part));
      const before = snapshotOf(elsewhere);
      const failure = await failureOf(bench.sync());
      expect(failure).toMatchObject({ code: "git-failed", fatal: true });
      expect(failure.message).toContain(`${join(git, part)} leads out of the repository, to `);
      expect(snapshotOf(elsewhere)).toEqual(before);
    },
  );

  it("a commondir that leads to another repository is refused", async () => {
    const { bench, git } = await place();
    const other = join(bench.folder, "other");
    await bench.origin.clone(other);
    const before = snapshotOf(other);
    writeFileSync(join(git, "commondir"), `${other}/.git\n`);
    expect(await failureOf(bench.sync())).toMatchObject({ code: "git-failed", fatal: true });
    expect(snapshotOf(other)).toEqual(before);
  });

  it.each(["a checkout", "an empty folder"])(
    "a path that is a link to %s elsewhere is refused",
    async (what) => {
      const { bench, elsewhere } = await place();
      if (what === "a checkout") await bench.origin.clone(join(elsewhere, "demo"));
      else mkdirSync(join(elsewhere, "demo"));
      rmSync(bench.checkout, { recursive: true });
      symlinkSync(join(elsewhere, "demo"), bench.checkout);
      await bench.origin.commit("main", { "newer.txt": "newer\n" });
      const before = snapshotOf(elsewhere);
      expect((await failureOf(bench.sync())).message).toContain("leads out of the repository");
      expect(snapshotOf(elsewhere)).toEqual(before);
    },
  );

  it("a path below a folder of the workspace that is a link elsewhere is refused", async () => {
    const bench = await SyncBench.create();
    const workspace = join(bench.folder, "workspace");
    const outside = join(bench.folder, "outside");
    mkdirSync(workspace);
    mkdirSync(outside);
    symlinkSync(outside, join(workspace, "group"));
    const path = join(workspace, "group/deeper/demo");
    const failure = await failureOf(bench.sync({ path }, { workspace }));
    expect(failure).toMatchObject({ code: "git-failed", fatal: true });
    expect(failure.message).toContain(`${join(workspace, "group")} leads out of`);
    expect(readdirSync(outside)).toEqual([]);
  });

  it("a path that is a link within the folder that it lies in is the image's business", () => {
    // On most systems a link to /usr/bin.
    expect(() => refuseLink("/bin")).not.toThrow();
  });

  it.each(["sandboot-checkout", "shallow.sandboot"])(
    "a link as .git/%s, which we write, is replaced and not followed",
    async (name) => {
      const { bench, elsewhere, git } = await place();
      writeFileSync(join(elsewhere, "precious"), "precious");
      symlinkSync(join(elsewhere, "precious"), join(git, name));
      await bench.sync({ depth: 1 }).catch(() => {});
      expect(readFileSync(join(elsewhere, "precious"), "utf8")).toBe("precious");
    },
  );

  it("a link as the mark of a clone that was killed empties nothing", async () => {
    const { bench, elsewhere } = await place();
    writeFileSync(join(elsewhere, "a-file"), "");
    writeFileSync(join(bench.checkout, "mine.txt"), "mine");
    symlinkSync(join(elsewhere, "a-file"), join(bench.folder, "workspace/.demo.sandboot-clone"));
    await bench.sync();
    expect(readFileSync(join(bench.checkout, "mine.txt"), "utf8")).toBe("mine");
  });
});

/** Paths, and the contents of files. */
function snapshotOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, entry.isFile() ? readFileSync(path, "latin1") : ""];
    }),
  );
}

describe("C13: a boot", () => {
  it("with a pipe as agent.envFile fails with a report and exit code 1", async () => {
    const sandbox = await Sandbox.create({ agent: { envFile: "agent.env" } });
    const envFile = join(sandbox.folder, "agent.env");
    makePipe(envFile);
    const running = await sandbox.boot();
    expect((await running.ended()).exitCode).toBe(1);
    expect((await running.report()).fatal).toMatchObject({
      phase: "agent.home",
      failure: { code: "unfit-file", message: `${envFile} is not a regular file` },
    });
  });
});
