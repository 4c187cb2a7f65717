// `npm run image`: builds deploy/Dockerfile without a registry and without a daemon, and runs the image by runc. Root only,
// on Debian. `npm run image -- OPENCODE_VERSION=1.18.33` gives the Dockerfile an argument.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { ensureOrigin } from "../examples/quickstart/demo/repository.mjs";
import {
  buildPackages,
  ensureDebianPackages,
  ensureDependencies,
  nodeBinary,
  root,
  runScript,
  toolEnvironment,
} from "./bootstrap.mjs";
import { Buildah } from "./lib/buildah.mjs";
import { stream } from "./lib/child.mjs";
import { ensureBase } from "./lib/image-base.mjs";
import { ALREADY_THERE, step } from "./lib/progress.mjs";

const cache = join(root, ".cache", "image");
const BASE = "localhost/sandboot-base";
const IMAGE = "localhost/sandboot";

/** Runs the rest of a command line with a network of its own. */
const OWN_NETWORK = ["--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];

/** @returns {Record<string, string>} */
function buildArguments(words) {
  return Object.fromEntries(
    words.map((word) => {
      const [, name = "", value = ""] = /^(\w+)=(.*)$/.exec(word) ?? [];
      if (name === "") throw new Error(`an argument of the Dockerfile is NAME=VALUE, not ${word}`);
      return [name, value];
    }),
  );
}

await runScript(async () => {
  // As a pod without privileges wants it.
  const args = { SANDBOX_USER: "agent", ...buildArguments(process.argv.slice(2)) };
  if (process.getuid?.() !== 0) throw new Error("only root may build and boot an image here");
  await ensureDebianPackages({
    git: "git",
    ip: "iproute2",
    "update-ca-certificates": "ca-certificates",
    debootstrap: "debootstrap",
    buildah: "buildah",
    runc: "runc",
  });
  await ensureDependencies();
  await buildPackages();
  const buildah = new Buildah(join(cache, "buildah"));
  await buildah.removeContainers();

  await step("base image", async (note) => {
    const { tarball, made } = await ensureBase({
      cache: join(cache, "base"),
      node: nodeBinary,
      note,
    });
    if (!made && (await buildah.find(BASE)) !== null) return ALREADY_THERE;
    await buildah.import(tarball, BASE);
    const { size } = await stat(tarball);
    note(`${Math.round(size / 2 ** 20)} MiB`);
    return undefined;
  });
  await step("image", async (note) => {
    const dockerfile = join(root, "deploy", "Dockerfile");
    await buildah.build({ dockerfile, context: root, base: BASE, name: IMAGE, args });
    note(`${(await buildah.inspect(IMAGE)).layers} layers`);
  });
  const remote = join(cache, "remote");
  await ensureOrigin(join(remote, "acme", "shop.git"));
  const { config } = await buildah.inspect(IMAGE);
  return buildah.withContainer(IMAGE, (mounted) =>
    stream(
      "unshare",
      [
        ...OWN_NETWORK,
        nodeBinary,
        join(root, "scripts", "image-trial.mjs"),
        mounted,
        JSON.stringify(config),
        remote,
      ],
      { env: toolEnvironment },
    ),
  );
});
