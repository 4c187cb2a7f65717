import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

/** An object of Kubernetes, as far as tests look into it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  // biome-ignore lint/suspicious/noExplicitAny: a schema says what is in it, and each test reads another part.
  readonly spec: any;
}

/** As far as ours and their overlays use it. */
export interface KustomizationFile {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly resources: readonly string[];
  readonly configurations?: readonly string[];
  readonly configMapGenerator?: readonly {
    readonly name: string;
    readonly files: readonly string[];
    readonly options?: {
      readonly disableNameSuffixHash?: boolean;
      readonly labels?: Readonly<Record<string, string>>;
    };
  }[];
  readonly images?: readonly {
    readonly name: string;
    readonly newName?: string;
    readonly newTag?: string;
  }[];
  readonly patches?: readonly {
    readonly target: { readonly kind: string };
    /** A list of operations of RFC 6902, as YAML. */
    readonly patch: string;
  }[];
  readonly namePrefix?: string;
  readonly namespace?: string;
}

/** A folder of deploy/kubernetes. */
export interface Kustomization {
  readonly objects: readonly KubernetesObject[];
  readonly file: KustomizationFile;
  /** Of the folder, but for the kustomization itself. */
  readonly files: readonly string[];
  /** Those that the kustomization names. */
  readonly named: readonly string[];
}

/** The documents of a YAML file without mistakes and without a key that is there twice. */
export function readYaml(path: string): unknown[] {
  return parseAllDocuments(readFileSync(path, "utf8"), { uniqueKeys: true }).map((document) => {
    const [mistake] = [...document.errors, ...document.warnings];
    if (mistake !== undefined) throw new Error(`${path}: ${mistake.message}`);
    return document.toJS();
  });
}

/** Reads a folder as kustomize does, as far as we use it: `kustomize build` is not needed to check what is in it. */
export function readKustomization(folder: string): Kustomization {
  const [file] = readYaml(join(folder, "kustomization.yaml")) as KustomizationFile[];
  if (file === undefined) throw new Error(`${folder}: an empty kustomization`);
  const { resources, configurations = [], configMapGenerator = [] } = file;
  return {
    objects: resources.flatMap((name) => readYaml(join(folder, name)) as KubernetesObject[]),
    file,
    files: readdirSync(folder).filter((name) => name !== "kustomization.yaml"),
    named: [...resources, ...configurations, ...configMapGenerator.flatMap(({ files }) => files)],
  };
}
