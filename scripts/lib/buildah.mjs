// Images without a daemon: buildah, with images and containers in a folder of its own.
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./child.mjs";

/** The authorities that this machine trusts, its own among them. */
const AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";

/**
 * What `docker inspect` shows of an image, as far as one needs it to start it.
 *
 * @typedef {{ Env: string[], Entrypoint: string[], Cmd?: string[], User?: string, WorkingDir?: string,
 *   Healthcheck?: { Test: string[] } }} ImageConfig
 */

export class Buildah {
  #store;

  /** @param {string} folder for images, layers and containers */
  constructor(folder) {
    this.#store = ["--root", join(folder, "storage"), "--runroot", join(folder, "run")];
  }

  /** @param {string[]} args @returns {Promise<string>} */
  async #run(...args) {
    const [command = "", ...rest] = args;
    return (await run("buildah", [command, ...this.#store, ...rest])).trim();
  }

  /** Containers that a killed run left mounted. */
  async removeContainers() {
    await this.#run("rm", "--all");
  }

  /** @param {string} name @returns {Promise<string | null>} its id */
  async find(name) {
    return this.#run("images", "--quiet", "--no-trunc", name).catch(() => null);
  }

  /** Makes an image of a root file system. @param {string} tarball @param {string} name */
  async import(tarball, name) {
    const container = await this.#run("from", "scratch");
    try {
      await this.#run("add", container, tarball, "/");
      await this.#run(
        "config",
        "--cmd",
        "node",
        "--env",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        container,
      );
      await this.#run("commit", "--quiet", container, name);
    } finally {
      await this.#run("rm", container);
    }
  }

  /**
   * Builds a Dockerfile; layers that are there already are not built again. npm in the build uses the registry and the
   * authorities that this machine's npm uses, and the image learns of neither.
   *
   * @param {{ dockerfile: string, context: string, base: string, name: string, args: Record<string, string> }} options
   */
  async build({ dockerfile, context, base, name, args }) {
    const secrets = await mkdtemp(join(tmpdir(), "sandboot-image-"));
    try {
      const npmrc = join(secrets, "npmrc");
      const setting = async (name) => (await run("npm", ["config", "get", name])).trim();
      const own = await readFile(await setting("userconfig"), "utf8").catch(() => "");
      const inside = "/run/host-authorities.crt";
      await copyFile(AUTHORITIES, join(secrets, "authorities.crt"));
      const lines = [own, `registry=${await setting("registry")}`, `cafile=${inside}`, ""];
      await writeFile(npmrc, lines.join("\n"), { mode: 0o600 });
      const buildArgs = Object.entries({ ...args, BASE: base }).flatMap(([key, value]) => [
        "--build-arg",
        `${key}=${value}`,
      ]);
      await this.#run(
        "build",
        "--isolation=chroot",
        // The other format knows no health check.
        "--format=docker",
        "--layers",
        `--secret=id=npmrc,src=${npmrc}`,
        `--volume=${join(secrets, "authorities.crt")}:${inside}:ro`,
        ...buildArgs,
        `--file=${dockerfile}`,
        `--tag=${name}`,
        context,
      );
    } finally {
      await rm(secrets, { recursive: true });
    }
  }

  /** @param {string} name @returns {Promise<{ config: ImageConfig, layers: number }>} */
  async inspect(name) {
    const { Docker } = JSON.parse(await this.#run("inspect", "--type", "image", name));
    return { config: Docker.config, layers: Docker.rootfs.diff_ids.length };
  }

  /**
   * Mounts a container of an image for as long as `use` takes.
   *
   * @template T
   * @param {string} name
   * @param {(root: string) => Promise<T>} use
   * @returns {Promise<T>}
   */
  async withContainer(name, use) {
    const container = await this.#run("from", "--pull-never", name);
    try {
      return await use(await this.#run("mount", container));
    } finally {
      await this.#run("umount", container);
      await this.#run("rm", container);
    }
  }
}
