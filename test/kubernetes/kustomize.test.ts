import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { scratchFolder } from "../support/scratch.ts";
import type { KubernetesObject } from "./kustomization.ts";

const root = join(import.meta.dirname, "../../deploy/kubernetes");

function hasKustomize(): boolean {
  try {
    execFileSync("kustomize", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Builds an overlay of a base, with names and an image of its own. */
async function built(base: string): Promise<KubernetesObject[]> {
  const folder = await scratchFolder();
  const overlay = {
    resources: [relative(folder, join(root, base))],
    namePrefix: "team-",
    images: [{ name: "registry.example/my-sandbox", newName: "other.example/box", newTag: "2" }],
  };
  await writeFile(join(folder, "kustomization.yaml"), JSON.stringify(overlay));
  const output = execFileSync("kustomize", ["build", folder], { encoding: "utf8" });
  return parseAllDocuments(output).map((document) => document.toJS());
}

function one(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const found = objects.filter((object) => object.kind === kind);
  expect(found, kind).toHaveLength(1);
  return found[0] as KubernetesObject;
}

/** The name of the ConfigMap that a pod's volume `config` shows. */
const configOf = ({ volumes }: KubernetesObject["spec"]) =>
  volumes.find(({ name }: { name: string }) => name === "config").configMap.name;

describe.skipIf(!hasKustomize())("an overlay (skipped without kustomize)", () => {
  it("of the pool has its names in step: configuration, template, pool", async () => {
    const objects = await built("pool");
    const { metadata, spec } = one(objects, "SandboxTemplate");
    const pod = spec.podTemplate.spec;
    // The suffix is the content's, so a new configuration makes a new template.
    expect(configOf(pod)).toMatch(/^team-sandboot-seed-\w+$/);
    expect(configOf(pod)).toBe(one(objects, "ConfigMap").metadata.name);
    expect(pod.containers[0].image).toBe("other.example/box:2");
    expect(one(objects, "SandboxWarmPool").spec.sandboxTemplateRef).toEqual({
      name: metadata.name,
    });
  });

  it("of the plain pod has its names in step: configuration and pod", async () => {
    const objects = await built("pod");
    const { spec } = one(objects, "Pod");
    expect(configOf(spec)).toBe(one(objects, "ConfigMap").metadata.name);
    expect(spec.containers[0].image).toBe("other.example/box:2");
  });

  it("of monitoring and of the claim can be built", async () => {
    expect(one(await built("monitoring"), "PodMonitor").metadata.name).toBe("team-sandboot");
    expect(one(await built("claim"), "SandboxClaim").metadata.name).toBe("team-claim-7");
  });
});
