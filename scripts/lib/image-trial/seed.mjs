// The image as a seed of a pool, bound by exec.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { ownFolder, startImage } from "../image-container.mjs";
import { makeEmptyDirs, readPoolPod } from "../pool-pod.mjs";
import { step } from "../progress.mjs";
import { endsOnSigterm, hasSession, until } from "./checks.mjs";
import { FORGE, TO_OUR_FORGE } from "./forge.mjs";

/** @typedef {import("../image-container.mjs").Image} Image */

const TOKEN = "of-the-tenant";

const digestOf = (token) => `sha256:${createHash("sha256").update(token).digest("hex")}`;

/** The image as the pod that deploy/kubernetes/pool makes of it. @param {Image} image */
export async function trySeed(image) {
  const pod = await readPoolPod();
  const volumes = await makeEmptyDirs(image.folder, pod);
  const annotations = await ownFolder(image, "annotations");
  const env = {
    ...pod.env,
    ...TO_OUR_FORGE,
    SANDBOOT_ENROLMENT_TOKEN: digestOf("of-the-pool"),
    SANDBOOT_METRICS_TOKEN: digestOf("of-prometheus"),
  };
  const shown = { [pod.config]: dirname(pod.configFile), [pod.annotations]: annotations };
  const as = { user: pod.user, volumes, shown, scratch: [] };
  const container = await startImage(image, { name: "seed", env, as });
  const statusOf = (path, token = "") =>
    fetch(`http://127.0.0.2:7690${path}`, {
      headers: { authorization: `Bearer ${token}` },
    }).then(
      ({ status }) => status,
      () => null,
    );
  try {
    await step("a seed as a pod of the pool: ready for it, and for no tenant", async () => {
      await until(container, "seeded", async () => (await statusOf("/readyz?seed")) === 200);
      assert.equal(await statusOf("/readyz"), 503);
      assert.match(await container.exec(["sandboot", "status"]), /seeded/);
    });
    await step("sandboot adopt --binding -, by exec", async () => {
      const repositories = [{ url: `${FORGE}acme/shop.git`, name: "shop" }];
      const input = JSON.stringify({ id: "claim-7", repositories, tokens: { bridge: TOKEN } });
      await container.exec(["sandboot", "adopt", "--binding", "-"], { input });
      assert.equal(await statusOf("/readyz"), 200);
    });
    await step("a session by its bridge, with the tenant's token", () => hasSession(TOKEN));
    await step("its status for the tenant alone, and its metrics for Prometheus", async () => {
      assert.equal(await statusOf("/v1/state", TOKEN), 200);
      assert.equal(await statusOf("/v1/state", "of-prometheus"), 401);
      assert.equal(await statusOf("/metrics", "of-prometheus"), 200);
    });
    await step("SIGTERM: the same end", () =>
      endsOnSigterm(container, join(volumes["/var/lib/sandboot"] ?? "", "state")),
    );
  } finally {
    await container.kill();
  }
}
