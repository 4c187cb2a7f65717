import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
import { Ajv, type ValidateFunction } from "ajv";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import { Pod } from "kubernetes-models/v1/Pod";
import { Service } from "kubernetes-models/v1/Service";
import { type KubernetesObject, readYaml } from "./kustomization.ts";

/**
 * The folder with the custom resource definitions of kubernetes-sigs/agent-sandbox, which are not ours to copy: the one that
 * SANDBOOT_CRDS names, or that lies beside this repository. Null when there is none.
 */
export const crdFolder: string | null =
  [process.env["SANDBOOT_CRDS"], join(import.meta.dirname, "../../../shared/crds")].find(
    (folder) => folder !== undefined && folder !== "" && existsSync(folder),
  ) ?? null;

interface Schema {
  readonly [key: string]: unknown;
}

interface CustomResourceDefinition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly storage: boolean;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

/**
 * Checks what an object of agent-sandbox has against the version of its definition that the API server stores.
 *
 * @returns where it does not fit, and how: one line each.
 */
export function problemsOf(folder: string, object: KubernetesObject): string[] {
  const validate = validatorFor(folder, object);
  validate(object);
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath, message, JSON.stringify(params)].join(" "),
  );
}

/** The definitions are large, so only the one that is asked for is read and compiled. */
function validatorFor(folder: string, { apiVersion, kind }: KubernetesObject): ValidateFunction {
  const isOurs = (name: string) =>
    readFileSync(join(folder, name), "utf8").includes(`kind: ${kind}\n`);
  for (const name of readdirSync(folder).filter((name) => name.endsWith(".yaml") && isOurs(name))) {
    for (const { spec } of readYaml(join(folder, name)) as CustomResourceDefinition[]) {
      const stored = spec.versions.find(({ storage }) => storage);
      if (stored === undefined || spec.names.kind !== kind) continue;
      expectSame(apiVersion, `${spec.group}/${stored.name}`, kind);
      // Formats and rules of Kubernetes' own stand in these schemas, too.
      const options = { strict: false, validateFormats: false, allErrors: true };
      const ajv = new Ajv({ ...options, code: { optimize: false } });
      return ajv.compile(closed(stored.schema.openAPIV3Schema) as Schema);
    }
  }
  throw new Error(`${folder} has no definition of ${kind}`);
}

/**
 * A schema that refuses unknown fields, as `kubectl apply` does: the definitions leave that to the API server, which else drops
 * them in silence.
 */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== "object" || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) => [key, closed(value)] as const);
  const schema: Schema = Object.fromEntries(entries);
  const isOpen =
    typeof schema["properties"] !== "object" ||
    schema["x-kubernetes-preserve-unknown-fields"] === true;
  return isOpen ? schema : { additionalProperties: false, ...schema };
}

const MODELS = { NetworkPolicy, Pod, PodMonitor, Service };

/**
 * Checks an object of a kind that Kubernetes itself or the Prometheus operator has.
 *
 * @throws Error that names the field.
 */
export function validateModel(object: KubernetesObject): void {
  const Model = MODELS[object.kind as keyof typeof MODELS];
  if (Model === undefined) throw new Error(`no schema for ${object.kind}`);
  expectSame(object.apiVersion, Model.apiVersion, object.kind);
  new Model(object as never).validate();
}

function expectSame(found: string, wanted: string, kind: string): void {
  if (found !== wanted) throw new Error(`${kind}: apiVersion ${found} where ${wanted} is known`);
}
