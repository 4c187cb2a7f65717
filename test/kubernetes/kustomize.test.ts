import { execFileSync } from "node:child_process";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { scratchFolder } from "../support/scratch.ts";
import { buildKustomization } from "./build.ts";
import { type KubernetesObject, readKustomization } from "./kustomization.ts";

const repository = join(import.meta.dirname, "../..");
const root = join(repository, "deploy/kubernetes");

type Build = (folder: string) => readonly KubernetesObject[];

function hasKustomize(): boolean {
  try {
    execFileSync("kustomize", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const byKustomize: Build = (folder) => {
  const output = execFileSync("kustomize", ["build", folder], { encoding: "utf8" });
  return parseAllDocuments(output).map((document) => document.toJS());
};

/** Kustomize itself only where it is installed. */
const BUILDERS: readonly (readonly [string, Build])[] = [
  ["what we know of kustomize", buildKustomization],
  ...(hasKustomize() ? [["kustomize", byKustomize] as const] : []),
];

/** Builds an overlay of bases, with names and an image of its own. */
async function built(bases: readonly string[], build: Build): Promise<readonly KubernetesObject[]> {
  const folder = await scratchFolder();
  const read = bases.map((base) => readKustomization(join(root, base)));
  const hasImage = read.some(({ file }) => file.images !== undefined);
  const image = { name: "registry.example/my-sandbox", newName: "other.example/box", newTag: "2" };
  const overlay = {
    resources: bases.map((base) => relative(folder, join(root, base))),
    namePrefix: "team-",
    ...(hasImage && { images: [image] }),
  };
  await writeFile(join(folder, "kustomization.yaml"), JSON.stringify(overlay));
  const made = build(folder);
  // Nothing names an object by the name that it had.
  const old = new Set(
    read.flatMap(({ objects, file: { configMapGenerator = [] } }) => [
      ...objects.map(({ metadata }) => metadata.name),
      ...configMapGenerator.map(({ name }) => name),
    ]),
  );
  expect(namesIn(made).filter((name) => old.has(name))).toEqual([]);
  return made;
}

/** Secrets are made by hand, and keep their names. */
const OF_SECRETS: ReadonlySet<string> = new Set(["credentials", "secretKeyRef"]);

/** By which names objects name others, or themselves. */
function namesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (OF_SECRETS.has(key)) return [];
    return key === "name" && typeof inner === "string" ? [inner] : namesIn(inner);
  });
}

function one(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const found = objects.filter((object) => object.kind === kind);
  expect(found, kind).toHaveLength(1);
  return found[0] as KubernetesObject;
}

/** The name of the ConfigMap that a pod's volume `config` shows. */
const configOf = ({ volumes }: KubernetesObject["spec"]) =>
  volumes.find(({ name }: { name: string }) => name === "config").configMap.name;

describe.each(BUILDERS)("an overlay, built by %s,", (_, build) => {
  it("of the pool has its names in step: configuration, template, pool", async () => {
    const objects = await built(["pool"], build);
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

  it("of the pool and a claim has its claim for its pool", async () => {
    const objects = await built(["pool", "claim"], build);
    const { metadata } = one(objects, "SandboxWarmPool");
    expect(one(objects, "SandboxClaim").spec.warmPoolRef).toEqual({ name: metadata.name });
  });

  it("of the plain pod has its names in step: configuration and pod", async () => {
    const objects = await built(["pod"], build);
    const { spec } = one(objects, "Pod");
    expect(configOf(spec)).toBe(one(objects, "ConfigMap").metadata.name);
    expect(spec.containers[0].image).toBe("other.example/box:2");
  });

  it("of monitoring and of the claim can be built", async () => {
    const monitoring = await built(["monitoring"], build);
    expect(one(monitoring, "PodMonitor").metadata.name).toBe("team-sandboot");
    // Grafana's sidecar finds it by its label, whatever it is called.
    expect(one(monitoring, "ConfigMap").metadata).toMatchObject({
      name: "team-sandboot-dashboard",
      labels: { grafana_dashboard: "1" },
    });
    expect(one(await built(["claim"], build), "SandboxClaim").metadata.name).toBe("team-claim-7");
  });

  it("as the page shows it has its namespace, its image and its number of seeds", async () => {
    const page = await readFile(join(repository, "docs/kubernetes.md"), "utf8");
    const overlay = /```yaml\n(# kustomization\.yaml\n.*?)```/s.exec(page)?.[1] ?? "";
    const folder = await scratchFolder();
    await writeFile(join(folder, "kustomization.yaml"), overlay);
    await symlink(join(repository, "deploy"), join(folder, "deploy"));
    const objects = build(folder);
    const namespaces = objects.map(
      ({ metadata }) => (metadata as { namespace?: string }).namespace,
    );
    expect(new Set(namespaces)).toEqual(new Set(["sandboxes"]));
    expect(one(objects, "SandboxWarmPool").spec.replicas).toBe(10);
    const { spec } = one(objects, "SandboxTemplate").spec.podTemplate;
    expect(spec.containers[0].image).toBe("YOUR/IMAGE:1");
  });
});
