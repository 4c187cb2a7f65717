// The image as a sandbox of its own: `docker run IMAGE`.
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../child.mjs";
import { ownFolder, startImage, userOf } from "../image-container.mjs";
import { step } from "../progress.mjs";
import { endsOnSigterm, hasSession, until } from "./checks.mjs";
import { TO_OUR_FORGE } from "./forge.mjs";

/** @typedef {import("../image-container.mjs").Image} Image */

const TOKEN = "of-this-sandbox";

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

/** @param {Image} image @param {string} remote @returns {Promise<string>} the waterfall of its boot */
export async function trySandbox(image, remote) {
  const state = await ownFolder(image, "sandbox-state");
  const as = { volumes: { "/var/lib/sandboot": state } };
  const container = await startImage(image, { name: "sandbox", env: SANDBOX, as });
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
      // By the engines' profile, which comes with buildah.
      assert.match(status, /^Seccomp:\t2$/m);
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
      endsOnSigterm(container, state),
    );
    return waterfall;
  } finally {
    await container.kill();
  }
}
