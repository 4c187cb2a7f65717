import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { type KubernetesObject, type KustomizationFile, readYaml } from "./kustomization.ts";

/** An object that is being made. */
interface Made {
  readonly kind: string;
  metadata: KubernetesObject["metadata"] & { readonly namespace?: string };
}

/** Where objects of one kind are named by others. */
interface NameReference {
  readonly kind: string;
  readonly fieldSpecs: readonly { readonly kind: string; readonly path: string }[];
}

interface Built {
  readonly objects: readonly Made[];
  /** What this kustomization and those below it say of names. */
  readonly references: readonly NameReference[];
}

/**
 * What kustomize knows of names without being told, as far as our objects need it.
 *
 * @see https://github.com/kubernetes-sigs/kustomize/blob/master/api/internal/konfig/builtinpluginconsts/namereference.go
 */
const KNOWN: readonly NameReference[] = [
  { kind: "ConfigMap", fieldSpecs: [{ kind: "Pod", path: "spec/volumes/configMap/name" }] },
];

/**
 * What `kustomize build` makes of a folder, for machines without kustomize: resources, generated ConfigMaps, patches that replace
 * a value, images, a namespace, a prefix, and the names that follow all this.
 *
 * @see https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
 * @throws Error for a key that is not known here, and for a patch or an image that nothing has.
 */
export function buildKustomization(folder: string): readonly KubernetesObject[] {
  return build(folder).objects as readonly KubernetesObject[];
}

function build(folder: string): Built {
  const [file] = readYaml(join(folder, "kustomization.yaml")) as KustomizationFile[];
  if (file === undefined) throw new Error(`${folder}: an empty kustomization`);
  const { apiVersion: _, kind: __, resources, configurations = [], ...changes } = file;
  const { configMapGenerator = [], patches = [], images = [], ...naming } = changes;
  const parts = resources.map((name): Built => {
    const path = join(folder, name);
    return name.endsWith(".yaml")
      ? { objects: readYaml(path) as Made[], references: [] }
      : build(path);
  });
  const objects = parts.flatMap((part) => part.objects);
  for (const { target, patch } of patches) replaceIn(ofKind(objects, target.kind), parse(patch));
  const generated = configMapGenerator.map((one) => configMap(folder, one));
  const all = [...objects, ...generated.map(({ object }) => object)];
  for (const image of images) setImage(all, image);
  const suffixes = new Map(generated.map(({ object, suffix }) => [object, suffix]));
  const own = configurations.flatMap((name) => readYaml(join(folder, name)) as NameReferences[]);
  const references = [
    ...parts.flatMap((part) => part.references),
    ...own.flatMap(({ nameReference }) => nameReference),
  ];
  rename(all, { ...naming, suffixes, references: [...KNOWN, ...references] });
  return { objects: all, references };
}

interface NameReferences {
  readonly nameReference: readonly NameReference[];
}

interface Naming {
  readonly namePrefix?: string;
  readonly namespace?: string;
  readonly suffixes: ReadonlyMap<Made, string>;
  readonly references: readonly NameReference[];
}

function rename(objects: readonly Made[], naming: Naming): void {
  const { namePrefix = "", namespace, suffixes, references, ...unknown } = naming;
  for (const key of Object.keys(unknown)) throw new Error(`kustomize's ${key} is not known here`);
  const names = objects.map((object) => {
    const before = object.metadata.name;
    const after = `${namePrefix}${before}${suffixes.get(object) ?? ""}`;
    object.metadata = { ...object.metadata, name: after, ...(namespace && { namespace }) };
    return { kind: object.kind, before, after };
  });
  for (const { kind, fieldSpecs } of references) {
    for (const { kind: by, path } of fieldSpecs) {
      const keys = path.split("/");
      const last = keys.at(-1) ?? "";
      for (const holder of objects
        .filter((one) => one.kind === by)
        .flatMap((one) => holders(one, keys))) {
        const renamed = names.find((name) => name.kind === kind && name.before === holder[last]);
        if (renamed !== undefined) holder[last] = renamed.after;
      }
    }
  }
}

type Json = Record<string, unknown>;

/** The objects that have the last key of a path. Lists on the way are gone through. */
function holders(value: unknown, [key = "", ...rest]: readonly string[]): Json[] {
  if (Array.isArray(value)) return value.flatMap((item) => holders(item, [key, ...rest]));
  if (typeof value !== "object" || value === null || !(key in value)) return [];
  return rest.length === 0 ? [value as Json] : holders((value as Json)[key], rest);
}

function ofKind(objects: readonly Made[], kind: string): readonly Made[] {
  const found = objects.filter((object) => object.kind === kind);
  if (found.length === 0) throw new Error(`a patch for ${kind}, of which there is none`);
  return found;
}

/** @see https://datatracker.ietf.org/doc/html/rfc6902#section-4.3 */
function replaceIn(
  objects: readonly Made[],
  patch: readonly { readonly op: string; readonly path: string; readonly value: unknown }[],
): void {
  for (const { op, path, value } of patch) {
    const keys = path.split("/").slice(1);
    for (const object of objects) {
      const [holder] = holders(object, keys);
      if (op !== "replace" || holder === undefined) throw new Error(`a patch that ${op}s ${path}`);
      holder[keys.at(-1) ?? ""] = value;
    }
  }
}

/** Of every container, at any depth: kustomize finds those of kinds that it does not know, too. */
function setImage(
  objects: readonly Made[],
  { name, newName = name, newTag }: NonNullable<KustomizationFile["images"]>[number],
): void {
  const containers = objects.flatMap((object) => everywhere(object, "containers"));
  const meant = containers.filter(({ image }) => String(image).replace(/:[^/]*$/, "") === name);
  if (meant.length === 0) throw new Error(`no container has the image ${name}`);
  for (const container of meant) container["image"] = newTag ? `${newName}:${newTag}` : newName;
}

/** The items of all lists with this key. */
function everywhere(value: unknown, wanted: string): Json[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === wanted && Array.isArray(inner) ? (inner as Json[]) : everywhere(inner, wanted),
  );
}

/** @returns the object, and the suffix that its name gets of its content. */
function configMap(
  folder: string,
  { name, files, options = {} }: NonNullable<KustomizationFile["configMapGenerator"]>[number],
): { readonly object: Made; readonly suffix: string } {
  const data = Object.fromEntries(
    files.map((file) => [basename(file), readFileSync(join(folder, file), "utf8")]),
  );
  const { disableNameSuffixHash = false, labels = {} } = options;
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels }, data };
  const hash = createHash("sha256").update(JSON.stringify({ name, data })).digest("hex");
  return { object, suffix: disableNameSuffixHash ? "" : `-${hash.slice(0, 10)}` };
}
