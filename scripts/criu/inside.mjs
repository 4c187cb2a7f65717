// In a PID namespace of its own, for scripts/criu.mjs: a seed is frozen and dumped, and then restored twice, each time with
// the files that it had and with another tenant's binding.
// usage: node inside.mjs FOLDER TOOLS
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { root } from "../bootstrap.mjs";
import { run } from "../lib/child.mjs";
import { step } from "../lib/progress.mjs";
import { ask } from "./ask.mjs";
import { startModel } from "./model.mjs";

const [folder = "", tools = "{}"] = process.argv.slice(2);
const { criu, enosys } = JSON.parse(tools);
const sandbox = join(folder, "sandbox");
const saved = join(folder, "saved");
const images = join(folder, "images");
const socketPath = join(sandbox, "state", "runtime.sock");
/** At the end of an id of OpenCode's. */
const RANDOM_CHARACTERS = 14;

const [agentPort, bridgePort] = [24_096, 27_680];

async function prepare() {
  const origin = join(folder, "origin");
  await run("git", ["init", "-q", "-b", "main", origin]);
  const author = ["-c", "user.name=criu", "-c", "user.email=criu@localhost"];
  await run("git", [...author, "-C", origin, "commit", "-q", "--allow-empty", "-m", "first"]);
  const config = {
    mode: "seed",
    stateDir: "state",
    agent: {
      command: [join(root, "node_modules", "opencode-linux-x64", "bin", "opencode")],
      port: agentPort,
      env: { OPENCODE_DISABLE_MODELS_FETCH: "1" },
    },
    bridge: { port: bridgePort },
  };
  await writeFile(join(sandbox, "sandboot.json"), JSON.stringify(config));
  await run("mkdir", ["-p", join(sandbox, "home"), images]);
  return origin;
}

/** Starts the seed in a session of its own, with nothing open that lies outside of the namespace. @returns its pid. */
async function startSeed() {
  const [out, none] = [await open(join(sandbox, "out.log"), "w"), await open("/dev/null", "r")];
  // CRIU cannot dump io_uring, which libuv uses when it may. Container runtimes forbid it, too.
  const [program = "", ...args] = [...enosys, "--syscall", "io_uring_setup", "--"];
  const sandboot = join(root, "packages", "runtime", "dist", "cli.js");
  const child = spawn(program, [...args, process.execPath, sandboot, "boot"], {
    cwd: sandbox,
    detached: true,
    env: { PATH: process.env.PATH, HOME: join(sandbox, "home") },
    stdio: [none.fd, out.fd, out.fd],
  });
  while (!(await ask({ socketPath, path: "/readyz?seed" }).then(isOk, () => false))) {
    if (child.exitCode !== null) {
      throw new Error(`the seed has ended:\n${await readFile(join(sandbox, "out.log"), "utf8")}`);
    }
    await delay(100);
  }
  await Promise.all([out.close(), none.close()]);
  return { pid: child.pid ?? 0, ended: once(child, "exit") };
}

function isOk({ status }) {
  return status === 200;
}

async function runCriu(...args) {
  const [program = "", ...rest] = criu;
  const how = ["--images-dir", images, "--tcp-close", "--file-locks", "--link-remap"];
  await run(program, [...rest, ...args, ...how]);
}

/** One tenant's life: restored, thawed with its binding, asked, ended. @returns the id of the first session in it. */
async function live(tenant, { pid, origin, model }) {
  await rm(sandbox, { recursive: true });
  await cp(saved, sandbox, { recursive: true, verbatimSymlinks: true, filter: isNoSocket });
  await runCriu("restore", "--restore-detached");
  const token = `token-of-${tenant}`;
  const binding = {
    id: tenant,
    repositories: [{ name: "shop", url: origin }],
    tokens: { bridge: token },
    agent: { config: model.config },
  };
  const thawed = await ask({ socketPath, path: "/v1/thaw", body: { binding } });
  assert.equal(thawed.status, 200, JSON.stringify(thawed.body));
  assert.deepEqual(thawed.body.lost, []);
  assert.equal(thawed.body.adopted.bindingId, tenant);
  const prompt = (path, body, bearer = token) =>
    ask({ port: bridgePort, path, body, headers: { authorization: `Bearer ${bearer}` } });
  assert.equal((await prompt("/session", {}, "another")).status, 401);
  const session = await prompt("/session", {});
  assert.equal(session.status, 200);
  const parts = [{ type: "text", text: "Are you there?" }];
  const answer = await prompt(`/session/${session.body.id}/message`, { parts });
  assert.equal(answer.status, 200);
  assert.match(JSON.stringify(answer.body), new RegExp(model.says));
  const state = await ask({ socketPath, path: "/v1/state" });
  assert.match(state.body.present.id, /^(ready|warm)$/);
  process.kill(pid, "SIGTERM");
  while (isThere(pid)) await delay(50);
  return state.body.agent.sessionId;
}

function isThere(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function isNoSocket(path) {
  return !path.endsWith(".sock");
}

const origin = await prepare();
await using model = await startModel();
const { pid, ended } = (await step("A seed, with OpenCode warmed up", startSeed)) ?? {};
await step("Freeze and dump", async () => {
  const frozen = await ask({ socketPath, path: "/v1/freeze", body: {} });
  assert.equal(frozen.status, 200, JSON.stringify(frozen.body));
  assert.deepEqual(frozen.body.unfinished, { prompts: 0, phases: [] });
  await runCriu("dump", "--tree", String(pid));
  await ended;
  await cp(sandbox, saved, { recursive: true, verbatimSymlinks: true, filter: isNoSocket });
});
const sessions = [];
for (const tenant of ["acme", "globex"]) {
  await step(`Restore, thaw with a binding, prompt: ${tenant}`, async (note) => {
    const sessionId = await live(tenant, { pid, origin, model });
    note(sessionId);
    sessions.push(sessionId);
  });
}
// The rest of an id is its time.
const randomParts = new Set(sessions.map((id) => id.slice(-RANDOM_CHARACTERS)));
const share = randomParts.size < sessions.length ? "share" : "do not share";
process.stdout.write(`\nThe first sessions of the clones ${share} the random part of their ids.\n`);
