// The second half of `npm run image`, with a network of its own that is empty but for loopback: serves a repository as a
// forge would and runs the mounted image by runc, as a sandbox and as a seed of a pool: without privileges, on a root file
// system that it cannot write. Looks at each from outside and inside, stops it, and looks at what is left.
//
// usage: node scripts/image-trial.mjs ROOT CONFIG REMOTE
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runScript } from "./bootstrap.mjs";
import { run } from "./lib/child.mjs";
import { startImage, userOf } from "./lib/image-container.mjs";
import { step } from "./lib/progress.mjs";

/** @typedef {import("./lib/image-container.mjs").Image} Image */
/** @typedef {import("./lib/container.mjs").Container} Container */

const LOOK_EVERY_MS = 50;
const WITHIN_MS = 60_000;
const TOKEN = "for-this-trial-only";
const FORGE = "https://forge.example/";

/** git of the user's own goes to our server in place of the forge. */
const TO_OUR_FORGE = {
  VCS_HOST: new URL(FORGE).host,
  GIT_CONFIG_COUNT: "1",
  GIT_CONFIG_KEY_0: "url.git://127.0.0.1/.insteadOf",
  GIT_CONFIG_VALUE_0: FORGE,
};

/** What whoever starts sandboxes sets. */
const SANDBOX = {
  ...TO_OUR_FORGE,
  REPO_OWNER: "acme",
  REPO_NAME: "shop",
  SANDBOX_AUTH_TOKEN: TOKEN,
  SANDBOX_ID: "trial",
};

/** Leaves 200 processes to PID 1, each of which ends at once. */
const DOUBLE_FORKS = "for i in $(seq 200); do (setsid true &); done";

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

/**
 * Waits until something holds.
 *
 * @param {Container} container
 * @param {string} what
 * @param {() => Promise<boolean>} holds
 */
async function until(container, what, holds) {
  let ended = false;
  void container.ended.then(() => {
    ended = true;
  });
  const deadline = performance.now() + WITHIN_MS;
  while (!(await holds())) {
    if (ended || performance.now() > deadline) {
      throw new Error(`${ended ? "it ended" : "too late"}: ${what}\n${container.output}`);
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

/** @param {string} token */
async function hasSession(token) {
  assert.equal((await askBridge(null)).status, 401);
  const answer = await askBridge(token, { method: "POST", body: "{}" });
  assert.equal(answer.status, 200);
  const session = /** @type {{ id: string, directory: string }} */ (await answer.json());
  assert.match(session.id, /^ses_/);
  assert.equal(session.directory, "/workspace/shop");
}

/** @param {Container} container @param {string} state its state folder, from here */
async function endsOnSigterm(container, state) {
  const processes = await container.processes();
  assert.match(
    processes()
      .map(({ command }) => command)
      .join("\n"),
    /^tini /m,
  );
  container.stop();
  assert.equal(await container.ended, 0, container.output);
  assert.deepEqual(processes(), []);
  const events = readFileSync(join(state, "events.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual([events.at(-1).type, events.at(-1).exitCode], ["shutdown.ended", 0]);
  const agent = events.findLast(
    ({ type, process }) => type === "process.changed" && process.kind === "agent",
  );
  assert.equal(agent.process.status.id, "stopped");
}

/** @param {Image} image @param {string} remote @returns {Promise<string>} the waterfall of its boot */
async function trySandbox(image, remote) {
  const container = await startImage(image, { name: "sandbox", env: SANDBOX });
  try {
    const [kind, ...healthCheck] = image.config.Healthcheck?.Test ?? [];
    assert.equal(kind, "CMD");
    await step("boot: the image's health check", () =>
      until(container, "healthy", () => container.succeeds(healthCheck)),
    );
    const { outcome } = JSON.parse(
      await container.exec(["sandboot", "report", "--format", "json"]),
    );
    assert.equal(outcome, "ready");

    await step("no privileges, and no root file system that it could write", async () => {
      const status = await container.exec(["cat", "/proc/1/status"]);
      assert.match(status, /^CapEff:\t0+$/m);
      assert.match(status, /^NoNewPrivs:\t1$/m);
      const { uid } = userOf(image);
      assert.match(status, new RegExp(`^Uid:\\t${uid}\\t`, "m"));
      const errors = await container.exec(["sh", "-c", "touch /opt/sandboot/x 2>&1 || true"]);
      assert.match(errors, /Read-only file system/);
    });
    await step("200 double forks, and no zombie", async () => {
      const processes = await container.processes();
      await container.exec(["bash", "-c", DOUBLE_FORKS]);
      await until(container, "no zombies", async () => !processes().some(({ zombie }) => zombie));
    });
    await step("a session by the bridge, and none without the token", () => hasSession(TOKEN));
    await step("the checkout is the remote's, and clean", async () => {
      const git = (...args) => container.exec(["git", "-C", "/workspace/shop", ...args]);
      assert.equal(await git("status", "--porcelain"), "");
      const origin = join(remote, "acme", "shop.git");
      assert.equal(
        await git("rev-parse", "HEAD"),
        await run("git", ["-C", origin, "rev-parse", "main"]),
      );
    });
    await step("sandboot status and doctor, by exec", async () => {
      assert.match(await container.exec(["sandboot", "status"]), /ready|warm/);
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
    await step("SIGTERM: everything ends in order, with exit code 0", () =>
      endsOnSigterm(container, join(image.folder, "sandbox", "state")),
    );
    return waterfall;
  } finally {
    await container.kill();
  }
}

/** @param {Image} image */
async function trySeed(image) {
  const env = { ...TO_OUR_FORGE, SANDBOX_ID: "seed" };
  const container = await startImage(image, { name: "seed", env, flags: ["--mode", "seed"] });
  const probe = (path) => [
    ...["curl", "-fsS", "-o", "/dev/null", "--unix-socket", "/var/lib/sandboot/runtime.sock"],
    `http://localhost${path}`,
  ];
  try {
    await step("a seed: ready for its pool, and for no tenant", async () => {
      await until(container, "seeded", () => container.succeeds(probe("/readyz?seed")));
      assert.equal(await container.succeeds(probe("/readyz")), false);
      assert.match(await container.exec(["sandboot", "status"]), /seeded/);
    });
    await step("sandboot adopt --binding -, by exec", async () => {
      const repositories = [{ url: `${FORGE}acme/shop.git`, name: "shop" }];
      const input = JSON.stringify({ id: "claim-7", repositories, tokens: { bridge: TOKEN } });
      await container.exec(["sandboot", "adopt", "--binding", "-"], { input });
      assert.equal(await container.succeeds(probe("/readyz")), true);
    });
    await step("a session by its bridge, with the tenant's token", () => hasSession(TOKEN));
    await step("SIGTERM: the same end", () =>
      endsOnSigterm(container, join(image.folder, "seed", "state")),
    );
  } finally {
    await container.kill();
  }
}

await runScript(async () => {
  const [root = "", config = "", remote = ""] = process.argv.slice(2);
  const folder = await mkdtemp(join(tmpdir(), "sandboot-image-"));
  const forge = await serveGit(remote);
  try {
    const image = { root, config: JSON.parse(config), folder };
    const waterfall = await trySandbox(image, remote);
    await trySeed(image);
    process.stdout.write(`\n${waterfall.trimEnd()}\n\n`);
  } finally {
    forge.kill();
    await rm(folder, { recursive: true, force: true });
  }
  return 0;
});
