// A forge of the trial's own, in a network that has nothing but loopback.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";

export const FORGE = "https://forge.example/";

/** git of the user's own goes to our server in place of the forge. */
export const TO_OUR_FORGE = {
  VCS_HOST: new URL(FORGE).host,
  GIT_CONFIG_COUNT: "1",
  GIT_CONFIG_KEY_0: "url.git://127.0.0.1/.insteadOf",
  GIT_CONFIG_VALUE_0: FORGE,
};

/** @param {string} folder */
export async function serveGit(folder) {
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
