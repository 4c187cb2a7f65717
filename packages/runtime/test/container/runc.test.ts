import { describe, expect, it } from "vitest";
import { defaultSeccomp } from "../../../../scripts/lib/seccomp.mjs";
import { Origin } from "../support/git.ts";
import { scratchFolder } from "../support/scratch.ts";
import { canRunContainers, SeedPod } from "../support/seed-pod.ts";

const startSh = `#!/bin/bash
setsid sleep 1000 < /dev/null &> /dev/null &
echo "$TENANT" > "$HOME/tenant"
`;

/** Leaves 200 processes to PID 1, each of which ends at once. */
const DOUBLE_FORKS = "for i in $(seq 200); do (setsid true &); done";

describe.skipIf(!(await canRunContainers()))(
  "a pod of the pool, by runc (skipped where it cannot run)",
  () => {
    it("needs no privilege and no root to write, reaps orphans, is bound by exec, and ends on SIGTERM", async () => {
      const files = { ".openinspect/start.sh": { text: startSh, mode: 0o755 } };
      const pod = await SeedPod.start(await Origin.create(await scratchFolder(), files));
      const { container } = pod;
      await pod.ready();
      const processes = await container.processes();
      expect(processes().filter(({ command }) => command.startsWith("tini "))).toHaveLength(1);
      const status = await container.exec(["cat", "/proc/1/status"]);
      expect(status).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
      expect(status).toMatch(/^CapEff:\t0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
      // Where the engines' profile is installed.
      const isFiltered = defaultSeccomp() !== null;
      expect(status).toMatch(isFiltered ? /^Seccomp:\t2$/m : /^Seccomp:\t0$/m);
      expect(await container.succeeds(["sh", "-c", "touch /opt/sandboot/x"])).toBe(false);
      expect(await container.exec(["sandboot", "status"])).toContain("seeded");

      await container.exec(["bash", "-c", DOUBLE_FORKS]);
      await expect.poll(() => processes().filter(({ zombie }) => zombie)).toEqual([]);

      const binding = {
        id: "claim-7",
        repositories: [{ url: SeedPod.origin, name: "demo" }],
        env: { TENANT: "acme" },
        tokens: { bridge: "token-of-acme" },
      };
      const input = JSON.stringify(binding);
      await container.exec(["sandboot", "adopt", "--binding", "-"], { input });
      expect(await container.exec(["cat", "/home/agent/tenant"])).toBe("acme\n");
      expect((await pod.ask(7690, "/readyz")).status).toBe(200);
      const prompt = { body: { text: "hello" } };
      expect((await pod.ask(7680, "/prompt", prompt)).status).toBe(401);
      expect((await pod.ask(7680, "/prompt", { ...prompt, token: "token-of-acme" })).status).toBe(
        200,
      );
      // Prometheus goes on reading.
      const metrics = await pod.ask(7690, "/metrics", { token: SeedPod.metricsToken });
      expect(metrics.body).toContain('sandboot_binding_duration_seconds_count{outcome="ready"} 1');

      container.stop();
      expect(await container.ended, container.output).toBe(0);
      expect(processes()).toEqual([]);
    });
  },
);
