// What is asked of a container of the image, however it was started.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** @typedef {import("../container.mjs").Container} Container */

const LOOK_EVERY_MS = 50;
const WITHIN_MS = 180_000;

/**
 * Waits until something holds.
 *
 * @param {Container} container
 * @param {string} what
 * @param {() => Promise<boolean>} holds
 */
export async function until(container, what, holds) {
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
export async function hasSession(token) {
  assert.equal((await askBridge(null)).status, 401);
  const answer = await askBridge(token, { method: "POST", body: "{}" });
  assert.equal(answer.status, 200);
  const session = /** @type {{ id: string, directory: string }} */ (await answer.json());
  assert.match(session.id, /^ses_/);
  assert.equal(session.directory, "/workspace/shop");
}

/** @param {Container} container @param {string} state its state folder, from here */
export async function endsOnSigterm(container, state) {
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
