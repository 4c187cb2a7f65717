// The second half of `npm run image`, with a network of its own that is empty but for loopback: serves a repository as a
// forge would, boots the mounted image, asks it for a session, stops it, and looks at what is left.
//
// usage: node scripts/image-trial.mjs ROOT CONFIG REMOTE
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runScript } from "./bootstrap.mjs";
import { run } from "./lib/child.mjs";
import { Container } from "./lib/container.mjs";
import { step } from "./lib/progress.mjs";

const LOOK_EVERY_MS = 50;
const READY_WITHIN_MS = 60_000;
const TOKEN = "for-this-trial-only";
const FORGE = "https://forge.example/";

/** What whoever starts sandboxes sets; git of the user's own goes to our server in place of the forge. */
const environment = {
  REPO_OWNER: "acme",
  REPO_NAME: "shop",
  VCS_HOST: new URL(FORGE).host,
  SANDBOX_AUTH_TOKEN: TOKEN,
  SANDBOX_ID: "trial",
  GIT_CONFIG_COUNT: "1",
  GIT_CONFIG_KEY_0: "url.git://127.0.0.1/.insteadOf",
  GIT_CONFIG_VALUE_0: FORGE,
};

/** @param {string} folder */
async function serveGit(folder) {
  const server = spawn(
    "git",
    ["daemon", "--verbose", "--listen=127.0.0.1", `--base-path=${folder}`, "--export-all"],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  // It says so when it listens.
  await Promise.race([
    once(server.stderr, "data"),
    once(server, "exit").then(([code]) => assert.fail(`git daemon ended with exit code ${code}`)),
  ]);
  return server;
}

/** @param {Container} container */
async function healthy(container) {
  let ended = false;
  void container.ended.then(() => {
    ended = true;
  });
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await container.isHealthy())) {
    if (ended || performance.now() > deadline) {
      throw new Error(`${ended ? "it ended" : "it did not get ready"}:\n${container.output}`);
    }
    await delay(LOOK_EVERY_MS);
  }
}

/** @param {string | null} token @param {RequestInit} [init] */
function askBridge(token, init = {}) {
  const headers = {
    "content-type": "application/json",
    ...(token && { authorization: `Bearer ${token}` }),
  };
  // Not the address that a service on loopback alone would have: as from outside the container.
  return fetch("http://127.0.0.2:7680/session", { ...init, headers });
}

async function trial(root, config, remote) {
  const forge = await serveGit(remote);
  const container = new Container({ root, config, env: environment });
  try {
    await step("boot: the image's health check", async () => healthy(container));
    const processes = container.processes();
    const { outcome } = JSON.parse(
      await container.exec(["sandboot", "report", "--format", "json"]),
    );
    assert.equal(outcome, "ready");

    await step("a session by the bridge, and none without the token", async () => {
      assert.equal((await askBridge(null)).status, 401);
      const answer = await askBridge(TOKEN, { method: "POST", body: "{}" });
      assert.equal(answer.status, 200);
      const session = /** @type {{ id: string, directory: string }} */ (await answer.json());
      assert.match(session.id, /^ses_/);
      assert.equal(session.directory, "/workspace/shop");
    });
    await step("the checkout is the remote's, and clean", async () => {
      const git = (...args) => container.exec(["git", "-C", "/workspace/shop", ...args]);
      assert.equal(await git("status", "--porcelain"), "");
      const origin = join(remote, "acme", "shop.git");
      assert.equal(
        await git("rev-parse", "HEAD"),
        await run("git", ["-C", origin, "rev-parse", "main"]),
      );
    });
    await step("sandboot doctor", async () => {
      const { checks } = JSON.parse(await container.exec(["sandboot", "doctor", "--json"]));
      const findings = checks.flatMap(({ check, findings }) =>
        findings.map((finding) => ({ check, ...finding })),
      );
      assert.deepEqual(
        findings.filter(({ status }) => status !== "ok"),
        [],
      );
    });
    const waterfall = await container.exec(["sandboot", "report"]);

    await step("SIGTERM: everything ends in order, with exit code 0", async () => {
      assert.match(processes().join("\n"), /^tini /m);
      container.stop();
      assert.equal(await container.ended, 0, container.output);
      assert.deepEqual(processes(), []);
      const events = readFileSync(join(root, "var/lib/sandboot/events.jsonl"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      assert.deepEqual([events.at(-1).type, events.at(-1).exitCode], ["shutdown.ended", 0]);
      const agent = events.findLast(
        ({ type, process }) => type === "process.changed" && process.kind === "agent",
      );
      assert.equal(agent.process.status.id, "stopped");
    });
    process.stdout.write(`\n${waterfall.trimEnd()}\n\n`);
  } finally {
    await container.kill();
    forge.kill();
  }
}

await runScript(async () => {
  const [root = "", config = "", remote = ""] = process.argv.slice(2);
  await trial(root, JSON.parse(config), remote);
  return 0;
});
