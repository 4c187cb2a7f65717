import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { allCommandLines, isAlive } from "../../../../../test/support/process-table.ts";
import { withEnoughTime } from "../../support/enough-time.ts";
import { git, writeFiles } from "../../support/git.ts";
import { startGitServer } from "../../support/git-http.ts";
import { Sandbox } from "../../support/sandbox.ts";
import { failureOf, SyncBench } from "../../support/sync.ts";

const SECRET = "s3cr3t-t0ken/with+signs";
const USERINFO = `x-access-token:${SECRET}`;

/** The URL with a token, as a control plane gives it. */
const withCredentials = (origin: string) =>
  `${origin.replace("://", `://x-access-token:${encodeURIComponent(SECRET)}@`)}/origin.git`;

/** A git on PATH that records its command line, also when git runs itself, and then executes the real git. */
async function recordingGit(folder: string): Promise<{ bin: string; record: string }> {
  const bin = join(folder, "bin");
  const record = join(folder, "command-lines");
  const real = execFileSync("which", ["git"]).toString().trim();
  await writeFiles(bin, {
    git: {
      text: `#!/bin/sh\nprintf '%s\\n' "$0 $*" >> ${record}\nexec ${real} "$@"\n`,
      mode: 0o755,
    },
  });
  return { bin, record };
}

describe("git: credentials", () => {
  it("work for clone and fetch, and do not show in argv, .git, events, report or messages", async () => {
    const sandbox = await Sandbox.create({ agentKind: "fixture", checkout: false });
    const server = await startGitServer(sandbox.folder, USERINFO);
    const { bin, record } = await recordingGit(sandbox.folder);
    Object.assign(sandbox.config, {
      mode: "fresh",
      repositories: [{ name: "demo", url: withCredentials(server.origin) }],
    });
    const env = { PATH: `${bin}:${process.env["PATH"]}`, GIT_TRACE: "1", GIT_CURL_VERBOSE: "1" };
    const said: string[] = [];
    for (const steps of [["clone"], ["fetch"]]) {
      const boot = await sandbox.boot({ args: ["--until", "ready"], env });
      const { exitCode, stderr } = await boot.ended();
      expect(exitCode).toBe(0);
      const report = await boot.report();
      const sync = report.phases.find(({ id }) => id === "workspace.sync:demo");
      expect(sync?.detail["steps"]).toEqual(steps);
      said.push(stderr, JSON.stringify(boot.events), JSON.stringify(report));
    }
    expect(server.authorizations.length).toBeGreaterThan(2);

    const commandLines = await readFile(record, "utf8");
    expect(commandLines).toContain(`${server.origin}/origin.git`);
    const config = await readFile(join(sandbox.repository, ".git/config"), "utf8");
    expect(existsSync(join(sandbox.repository, ".git/FETCH_HEAD"))).toBe(false);
    said.push(commandLines, config);
    const basic = Buffer.from(USERINFO).toString("base64");
    for (const secret of [SECRET, encodeURIComponent(SECRET), basic]) {
      for (const text of said) expect(text).not.toContain(secret);
    }
  });

  it("that are wrong fail without a prompt, and are not printed", async () => {
    const bench = await SyncBench.create();
    const server = await startGitServer(bench.folder, "somebody:else");
    const failure = await failureOf(bench.sync({ url: withCredentials(server.origin) }));
    expect(failure.code).toBe("git-failed");
    expect(JSON.stringify(failure)).not.toContain(SECRET);
  });

  it("are not in the process table while git works", async () => {
    const bench = await SyncBench.create();
    const server = await startGitServer(bench.folder, USERINFO);
    // A proxy in the user's configuration takes the connection and does not answer while the test looks.
    const proxy = await standIn();
    await writeFiles(bench.folder, {
      "home/.gitconfig": `[http]\n\tproxy = http://127.0.0.1:${proxy.port}\n`,
    });
    const syncing = failureOf(bench.sync({ url: withCredentials(server.origin) }));
    await proxy.reached;
    const seen = allCommandLines().filter((line) => line.includes(`${server.origin}/origin.git`));
    proxy.close();
    expect((await syncing).code).toBe("git-failed");
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.join("\n")).not.toContain(encodeURIComponent(SECRET));
    expect(seen.join("\n")).not.toContain(SECRET);
  });

  it("do not replace configuration that GIT_CONFIG_COUNT already has", async () => {
    const bench = await SyncBench.create();
    const server = await startGitServer(bench.folder, USERINFO);
    const env = {
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: `url.${server.origin}/.insteadOf`,
      GIT_CONFIG_VALUE_0: "http://nowhere.example/",
    };
    const url = `http://${USERINFO.replace("/", "%2F").replace("+", "%2B")}@127.0.0.1:${new URL(server.origin).port}/origin.git`;
    expect((await bench.sync({ url }, { env })).steps).toEqual(["clone"]);
    expect(await git(bench.checkout, "config", "remote.origin.url")).not.toContain(SECRET);
  });
});

describe("git: host keys", () => {
  it("are checked by the user's own ssh: no option is added to its command", async () => {
    const bench = await SyncBench.create();
    const record = join(bench.folder, "ssh-arguments");
    await writeFiles(join(bench.folder, "bin"), {
      ssh: { text: `#!/bin/sh\necho "$*" >> ${record}\nexit 255\n`, mode: 0o755 },
    });
    const env = { PATH: `${join(bench.folder, "bin")}:${process.env["PATH"]}` };
    await bench.sync({ url: "git@host.example:acme/demo.git" }, { env }).catch(() => {});
    const [called] = (await readFile(record, "utf8")).split("\n");
    // Exactly the arguments that git itself gives.
    expect(called?.replace("-o SendEnv=GIT_PROTOCOL ", "")).toBe(
      "git@host.example git-upload-pack 'acme/demo.git'",
    );
  });
});

describe("git: a step that hangs", () => {
  it("is ended at its timeout with all of its processes, and the failure names the step", async () => {
    const bench = await SyncBench.create();
    const pids = join(bench.folder, "pids");
    // git runs this transport for URLs that begin with `hang::`. It and its child ignore SIGTERM.
    await writeFiles(join(bench.folder, "bin"), {
      "git-remote-hang": {
        text: `#!/bin/bash\ntrap '' TERM\nsleep 1000 &\necho $$ $! > ${pids}\necho "connecting" >&2\nwait\nsleep 1000\n`,
        mode: 0o755,
      },
    });
    const env = { PATH: `${join(bench.folder, "bin")}:${process.env["PATH"]}` };
    const failure = await withEnoughTime(async (seconds) => {
      const syncing = bench.sync({ url: "hang::somewhere" }, { env, stepMs: seconds * 1000 });
      const failure = await failureOf(syncing);
      expect(failure).toMatchObject({
        code: "git-timeout",
        message: `git clone did not end within ${seconds} s`,
        hint: "allow each git step more time with git.stepSeconds",
      });
      return existsSync(pids) && failure.outputTail?.length === 1 ? failure : null;
    });
    expect(failure.outputTail).toEqual(["connecting"]);
    expect(failure.fatal).toBe(true);
    for (const pid of (await readFile(pids, "utf8")).split(" ").map(Number)) {
      expect(isAlive(pid)).toBe(false);
    }
  });

  it("is fatal in the middle of a checkout, because the tree is a mixture of two commits", async () => {
    const bench = await withEnoughTime(async (seconds) => {
      const bench = await SyncBench.create();
      await bench.origin.commit("main", { "mine.txt": "theirs\n" });
      await bench.sync();
      await writeFile(join(bench.checkout, "mine.txt"), "my work\n");
      await bench.origin.commit("main", {
        ".gitattributes": "*.slow filter=slow\n",
        "README.md": "# New\n",
        "a.slow": "a\n",
      });
      const reached = join(bench.folder, "checkout-reached");
      await writeFiles(join(bench.folder, "home"), {
        ".gitconfig": `[filter "slow"]\n\tsmudge = touch ${reached} && sleep 1000\n`,
      });
      const failure = await failureOf(bench.sync({}, { stepMs: seconds * 1000 }));
      expect(failure.code).toBe("git-timeout");
      if (!existsSync(reached)) return null;
      expect(failure.fatal).toBe(true);
      return bench;
    });

    // The next boot, with a filter that works, repairs the checkout.
    await writeFiles(join(bench.folder, "home"), { ".gitconfig": "" });
    await bench.sync();
    expect(await git(bench.checkout, "status", "--porcelain")).toBe("");
    expect(bench.warnings).toContainEqual({
      code: "checkout-repaired",
      checkout: bench.checkout,
      stashed: true,
      ref: null,
    });
    expect(await readFile(join(bench.checkout, "README.md"), "utf8")).toBe("# New\n");
    // Earlier local changes are not lost.
    expect(await git(bench.checkout, "show", "stash@{0}:mine.txt")).toBe("my work");
  });
});

describe("git: arguments that begin with -", () => {
  it.each([
    ["a URL", { url: "--upload-pack=touch pwned" }],
    ["a branch", { branch: "--upload-pack=touch pwned" }],
    ["a filter", { filter: "--upload-pack=touch pwned" }],
  ])(
    "%s is not taken for an option, even if the config's check should miss it",
    async (_, repository) => {
      const bench = await SyncBench.create();
      await bench.sync(repository).catch(() => {});
      const found = execFileSync("find", [bench.folder, "-name", "pwned*"]).toString();
      expect(found).toBe("");
    },
  );

  it("a path is not taken for an option", async () => {
    const bench = await SyncBench.create();
    const path = join(bench.folder, "workspace/-demo");
    await bench.sync({ path });
    expect(await git(path, "status", "--porcelain")).toBe("");
    expect((await bench.sync({ path })).steps).toEqual(["fetch"]);
  });
});

/** A server that takes connections and never answers. */
async function standIn() {
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    resolve();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  onTestFinished(close);
  return { port: (server.address() as AddressInfo).port, reached, close };
}
