import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type KubernetesObject, readKustomization } from "./kustomization.ts";
import { crdFolder, problemsOf, validateModel } from "./schemas.ts";

const root = join(import.meta.dirname, "../..");
const folder = (name: string) => join(root, "deploy/kubernetes", name);
const pool = readKustomization(folder("pool"));
const claim = readKustomization(folder("claim"));
const pod = readKustomization(folder("pod"));
const monitoring = readKustomization(folder("monitoring"));
const all = { pool, claim, pod, monitoring };

function one(kind: string, { objects }: { readonly objects: readonly KubernetesObject[] }) {
  const found = objects.filter((object) => object.kind === kind);
  expect(found.length, kind).toBe(1);
  return found[0] as KubernetesObject;
}

const template = one("SandboxTemplate", pool);
const isOfAgentSandbox = ({ apiVersion }: KubernetesObject) =>
  apiVersion.includes("agents.x-k8s.io/");

/** What both make pods of, with the configuration that these boot. */
const pods = [
  { name: "a seed of the pool", of: "pool", spec: template.spec.podTemplate.spec },
  { name: "a plain pod", of: "pod", spec: one("Pod", pod).spec },
] as const;

interface Variable {
  readonly name: string;
  readonly value?: string;
}

/** What `sandboot config check` makes of a pod's configuration, with the environment that the pod gives it. */
function configOf({ of, spec }: (typeof pods)[number]) {
  const env = Object.fromEntries(
    // Those without a value come from secrets and from the pod itself.
    spec.containers[0].env.map(({ name, value = `sha256:${"0".repeat(64)}` }: Variable) => [
      name,
      value,
    ]),
  );
  const file = join(folder(of), "sandboot.jsonc");
  const args = ["config", "check", "--config", file];
  const sandboot = join(root, "packages/runtime/dist/cli.js");
  const shown = execFileSync(sandboot, args, {
    env: { ...env, PATH: process.env["PATH"] },
    encoding: "utf8",
  });
  return JSON.parse(shown);
}

describe("deploy/kubernetes", () => {
  it.each(Object.entries(all))("%s names all its files, and only those", (_, { files, named }) => {
    expect(named.toSorted()).toEqual(files.toSorted());
  });

  it("has objects that Kubernetes and the Prometheus operator take", () => {
    const objects = Object.values(all).flatMap((one) => one.objects);
    for (const object of objects.filter((object) => !isOfAgentSandbox(object))) {
      validateModel(object);
    }
    // Of the pool's pods it is agent-sandbox that hands on the rest.
    const { metadata, spec } = template.spec.podTemplate;
    validateModel({ apiVersion: "v1", kind: "Pod", metadata, spec });
    const policy = { podSelector: {}, ...template.spec.networkPolicy };
    validateModel({
      ...template,
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      spec: policy,
    });
  });

  describe.skipIf(crdFolder === null)(
    "for agent-sandbox (skipped without SANDBOOT_CRDS or ../shared/crds)",
    () => {
      const objects = Object.values(all).flatMap((one) => one.objects.filter(isOfAgentSandbox));

      it.each(objects.map((object) => [object.kind, object] as const))(
        "has a %s that it takes",
        (_, object) => {
          expect(problemsOf(crdFolder ?? "", object)).toEqual([]);
        },
      );

      it("has no pod with a field that pods do not have", () => {
        const { spec } = pods[1];
        const [container] = spec.containers;
        // A slip of the pen, to see that it would be found.
        const wrong = { ...spec, containers: [{ ...container, readinesProbe: {} }] };
        const found = [spec, wrong].map((spec) =>
          problemsOf(crdFolder ?? "", { ...template, spec: { podTemplate: { spec } } }),
        );
        expect(found).toEqual([[], [expect.stringContaining("readinesProbe")]]);
      });
    },
  );

  it("has a claim for the pool, and a pool of the template", () => {
    const { spec, metadata } = one("SandboxWarmPool", pool);
    expect(spec.sandboxTemplateRef.name).toBe(template.metadata.name);
    const claimed = one("SandboxClaim", claim).spec;
    expect(claimed.warmPoolRef.name).toBe(metadata.name);
    // With these, agent-sandbox starts a new pod, and the template refuses them.
    expect(claimed).not.toHaveProperty("env");
    expect(claimed).not.toHaveProperty("volumeClaimTemplates");
    // It refuses labels of other domains.
    for (const label of Object.keys(claimed.additionalPodMetadata.labels)) {
      expect(label).toMatch(/^sandbox\.users\.io\//);
    }
  });

  describe.each(pods)("$name", (made) => {
    const { spec, of } = made;
    const [container] = spec.containers;

    it("runs without any privilege, on a file system that it cannot write", () => {
      expect(spec.automountServiceAccountToken).toBe(false);
      // It would find the volumes of whoever had it before.
      expect(spec.restartPolicy).toBe("Never");
      expect(spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: "RuntimeDefault" },
      });
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        privileged: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    });

    it("has a volume wherever its configuration writes", { timeout: 30_000 }, () => {
      const { stateDir, workspace, warnings } = configOf(made);
      expect(warnings).toEqual([]);
      const writable = new Set(
        spec.volumes
          .filter((volume: object) => "emptyDir" in volume)
          .map(({ name }: { name: string }) => name),
      );
      const mounts: string[] = container.volumeMounts
        .filter(({ name }: { name: string }) => writable.has(name))
        .map(({ mountPath }: { mountPath: string }) => mountPath);
      const home = container.env.find(({ name }: Variable) => name === "HOME").value;
      for (const path of [stateDir, workspace, home, "/tmp"]) {
        const above = mounts.filter((mount) => path === mount || path.startsWith(`${mount}/`));
        expect(above, path).toHaveLength(1);
      }
      // Else the state folder would be root's, and not sandboot's alone.
      expect(mounts).not.toContain(stateDir);
      const config = spec.volumes.find(({ configMap }: { configMap?: object }) => configMap);
      const generated = all[of].file.configMapGenerator?.[0];
      expect(config.configMap.name).toBe(generated?.name);
      expect(all[of].file.images?.map(({ name }) => name)).toEqual([container.image]);
    });

    it("is asked on the ports that it has, by probes that the API describes", {
      timeout: 30_000,
    }, () => {
      const { status, bridge, mode } = configOf(made);
      expect([status.host, bridge.host]).toEqual(["0.0.0.0", "0.0.0.0"]);
      expect(container.ports).toEqual([
        { name: "bridge", containerPort: bridge.port },
        { name: "status", containerPort: status.port },
      ]);
      const { paths } = JSON.parse(readFileSync(join(root, "docs/openapi.json"), "utf8"));
      const probes = ["startupProbe", "readinessProbe", "livenessProbe"].map((probe) => {
        const { path, port } = container[probe].httpGet;
        expect(port).toBe("status");
        const [pathname, flag] = path.split("?");
        const known = paths[pathname].get.parameters.map(({ name }: { name: string }) => name);
        if (flag !== undefined) expect(known).toContain(flag);
        return path;
      });
      const readiness = mode === "seed" ? "/readyz?seed" : "/readyz";
      expect(probes).toEqual(["/startupz", readiness, "/livez"]);
    });

    it("gives the shutdown the time that it may take", { timeout: 30_000 }, () => {
      const { shutdown, controlPlane } = configOf(made);
      const flushSeconds = controlPlane?.flushSeconds ?? 5;
      // Bridge, processes, and what hooks left end one after the other. Telemetry has three seconds.
      const longest = 3 * shutdown.graceSeconds + flushSeconds + 3;
      expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(longest);
    });
  });

  it("lets a seed start within the five minutes after which agent-sandbox replaces it", () => {
    const { periodSeconds, failureThreshold } = pods[0].spec.containers[0].startupProbe;
    expect(periodSeconds * failureThreshold).toBeLessThanOrEqual(300);
  });

  it("lets the router alone in, to bridge and status API", () => {
    const router = { podSelector: { matchLabels: { app: "sandbox-router" } } };
    const ports = [
      { protocol: "TCP", port: 7680 },
      { protocol: "TCP", port: 7690 },
    ];
    for (const policy of [template.spec.networkPolicy, one("NetworkPolicy", pod).spec]) {
      expect(policy.ingress).toMatchObject([{ from: [router], ports }]);
      expect(policy.ingress[0].from).toHaveLength(1);
      const [, internet] = policy.egress;
      for (const { ipBlock } of internet.to) expect(ipBlock.except.length).toBeGreaterThan(1);
      expect(JSON.stringify(internet.to)).toContain("169.254.0.0/16");
    }
  });

  it("has Prometheus read the metrics of all pods, with a token of which these have the digest", () => {
    const monitor = one("PodMonitor", monitoring).spec;
    const policy = one("NetworkPolicy", monitoring).spec;
    const labels = [template.spec.podTemplate.metadata.labels, one("Pod", pod).metadata.labels];
    for (const label of labels) {
      expect(label).toMatchObject(monitor.selector.matchLabels);
      expect(label).toMatchObject(policy.podSelector.matchLabels);
    }
    const [endpoint] = monitor.podMetricsEndpoints;
    expect(endpoint).toMatchObject({ port: "status", path: "/metrics" });
    const { name } = endpoint.authorization.credentials;
    for (const { spec } of pods) {
      const variable = spec.containers[0].env.find(
        (one: Variable) => one.name === "SANDBOOT_METRICS_TOKEN",
      );
      expect(variable.valueFrom.secretKeyRef).toEqual({
        name,
        key: "token-digest",
        optional: true,
      });
    }
  });

  it("needs no other secrets than the page makes", () => {
    const page = readFileSync(join(root, "docs/kubernetes.md"), "utf8");
    const needed = pods.flatMap(({ spec }) =>
      spec.containers[0].env.flatMap(
        ({ valueFrom }: { valueFrom?: { secretKeyRef?: { name: string; key: string } } }) =>
          valueFrom?.secretKeyRef ?? [],
      ),
    );
    expect(needed.length).toBeGreaterThan(3);
    for (const { name, key } of needed) {
      expect(page).toMatch(new RegExp(`create secret generic ${name} [^|]*--from-literal=${key}=`));
    }
  });
});
