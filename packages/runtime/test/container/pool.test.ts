import { describe, expect, it } from "vitest";
import { Origin } from "../support/git.ts";
import { publish } from "../support/kubelet.ts";
import { scratchFolder } from "../support/scratch.ts";
import { canRunContainers, SeedPod } from "../support/seed-pod.ts";

/** `npm run pool` has a seed for every claim. */
const SEEDS = Number(process.env["SANDBOOT_POOL"] ?? 3);
const CLAIMS = 20;

/** The hook of a tenant named `none` fails, after it has left things behind. */
const startSh = `#!/bin/bash
echo "$TENANT" > "$HOME/tenant"
if [ "$TENANT" = none ]; then setsid sleep 1000 < /dev/null &> /dev/null & exit 1; fi
`;

/** Seeds of a pool, each in namespaces of its own. */
async function startPool(count: number): Promise<SeedPod[]> {
  const files = { ".openinspect/start.sh": { text: startSh, mode: 0o755 } };
  const origin = await Origin.create(await scratchFolder(), files);
  const pods = await Promise.all(Array.from({ length: count }, () => SeedPod.start(origin)));
  await Promise.all(pods.map((pod) => pod.ready()));
  return pods;
}

/** Of one tenant. */
const bindingOf = (tenant: string) => ({
  id: `claim-of-${tenant}`,
  repositories: [{ url: SeedPod.origin, name: "demo" }],
  env: { TENANT: tenant },
  tokens: { bridge: `token-of-${tenant}` },
});

/** Ways in: each resolves to whether the claim was told that it has the sandbox; null where nobody tells. */
const waysIn = {
  router: async (pod: SeedPod, tenant: string) => {
    const request = { token: SeedPod.enrolmentToken, body: bindingOf(tenant) };
    const { status, body } = await pod.ask(7690, "/v1/adopt", request);
    // Adopting or bound, or the pool's token is dead by then.
    if (status !== 200) expect([401, 409], body).toContain(status);
    return status === 200;
  },
  exec: async (pod: SeedPod, tenant: string) => {
    const input = JSON.stringify(bindingOf(tenant));
    await pod.container.exec(["sandboot", "adopt", "--binding", "-"], { input });
    return true;
  },
  annotation: async (pod: SeedPod, tenant: string) => {
    const document = JSON.stringify(JSON.stringify(bindingOf(tenant)));
    await publish(pod.annotations, "annotations", 1, 'kubernetes.io/config.source="api"\n');
    await publish(pod.annotations, "annotations", 2, `sandboot.dev/binding=${document}\n`);
    return null;
  },
} as const;
const WAYS = Object.keys(waysIn) as (keyof typeof waysIn)[];

/** Whether a tenant's prompt is answered; the bridge holds it until the binding has ended. */
async function isAnswered(pod: SeedPod, tenant: string): Promise<boolean> {
  const token = `token-of-${tenant}`;
  const { status } = await pod.ask(7680, "/prompt", { token, body: { text: "hello" } });
  return status === 200;
}

describe.skipIf(!(await canRunContainers()))(
  "a pool of seeds (skipped where runc cannot run)",
  () => {
    it("gives each seed to one of 20 claims that come at once, by every way in", async () => {
      const pods = await startPool(SEEDS);
      const claims = Array.from({ length: CLAIMS }, (_, at) => {
        // Claims beyond the number of seeds come to a seed that another one has got.
        const isLate = at >= pods.length;
        const pod = pods[isLate ? 0 : at] as SeedPod;
        const way = isLate ? "router" : (WAYS[at % WAYS.length] ?? "router");
        return { pod, way, tenant: `t${at}` };
      });
      const told = await Promise.all(
        claims.map(({ pod, way, tenant }) => waysIn[way](pod, tenant)),
      );
      const answered = await Promise.all(claims.map(({ pod, tenant }) => isAnswered(pod, tenant)));
      for (const pod of pods) {
        const own = claims.flatMap((claim, at) =>
          claim.pod === pod && answered[at] ? [claim] : [],
        );
        expect(own).toHaveLength(1);
        // What the repository's hook got was the same tenant's.
        const tenant = await pod.container.exec(["cat", "/home/agent/tenant"]);
        expect(tenant.trim()).toBe(own[0]?.tenant);
        expect(await pod.isReady()).toBe(true);
      }
      // Whoever was told so has the sandbox, and nobody else.
      const said = claims.map((_, at) => told[at] ?? answered[at]);
      expect(answered).toEqual(said);
    });

    it("has a seed that is nobody's after a claim that fails, and the next claim's as if it were new", async () => {
      const [pod] = (await startPool(1)) as [SeedPod];
      const failed = waysIn.exec(pod, "none");
      await expect(failed).rejects.toThrow("ended with exit code");
      await pod.ready();
      expect((await pod.ask(7690, "/readyz")).status).toBe(503);
      expect((await pod.ask(7690, "/v1/state", { token: "token-of-none" })).status).toBe(401);
      expect(await pod.container.exec(["ls", "/workspace"])).toBe("");
      const processes = (await pod.container.processes())();
      expect(processes.filter(({ command }) => command.startsWith("sleep"))).toEqual([]);

      expect(await waysIn.router(pod, "acme")).toBe(true);
      expect([await isAnswered(pod, "acme"), await isAnswered(pod, "none")]).toEqual([true, false]);
      expect(await pod.container.exec(["cat", "/home/agent/tenant"])).toBe("acme\n");
    });
  },
);
