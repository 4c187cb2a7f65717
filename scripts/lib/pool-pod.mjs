// The pod that deploy/kubernetes/pool makes of a seed, for a container that runs one without Kubernetes. Whoever imports this
// needs the dependencies.
import { chmod, chown, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { root } from "../bootstrap.mjs";

const folder = join(root, "deploy", "kubernetes", "pool");

/**
 * What a container engine gets to know of the pod.
 *
 * @typedef {object} PoolPod
 * @property {{ uid: number, gid: number }} user
 * @property {Record<string, string>} env but for what comes from secrets
 * @property {string} config the folder that has the configuration
 * @property {string} configFile the configuration, from here
 * @property {string} annotations the folder to which kubelet writes the pod's annotations
 * @property {string[]} emptyDirs
 */

/** @returns {Promise<PoolPod>} */
export async function readPoolPod() {
  const template = parse(await readFile(join(folder, "template.yaml"), "utf8"));
  const { volumes, containers, securityContext } = template.spec.podTemplate.spec;
  const [{ env, volumeMounts }] = containers;
  const placeOf = (volume) => volumeMounts.find(({ name }) => name === volume).mountPath;
  return {
    user: { uid: securityContext.runAsUser, gid: securityContext.runAsGroup },
    env: Object.fromEntries(
      env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
    ),
    config: placeOf("config"),
    configFile: join(folder, "sandboot.jsonc"),
    annotations: placeOf("pod"),
    emptyDirs: volumes.filter(({ emptyDir }) => emptyDir).map(({ name }) => placeOf(name)),
  };
}

/**
 * Makes folders as kubelet makes them for a pod with fsGroup: they are root's, and the group may write.
 *
 * @param {string} parent
 * @param {Pick<PoolPod, "emptyDirs" | "user">} pod
 * @returns {Promise<Record<string, string>>} the folders, by their place in the pod
 */
export async function makeEmptyDirs(parent, { emptyDirs, user }) {
  const made = emptyDirs.map(async (place, at) => {
    const path = join(parent, `empty-${at}`);
    await mkdir(path, { recursive: true });
    await chown(path, 0, user.gid);
    await chmod(path, 0o2777);
    return [place, path];
  });
  return Object.fromEntries(await Promise.all(made));
}
