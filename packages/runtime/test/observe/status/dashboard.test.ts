import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { onPath } from "../../../../../scripts/bootstrap.mjs";
import { ask } from "../../support/http.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { bootStarted, startStatus } from "../../support/status.ts";
import { until } from "../../support/supervised.ts";

const folder = join(import.meta.dirname, "../../../../../deploy/kubernetes/monitoring");
const dashboard = JSON.parse(readFileSync(join(folder, "sandboot.dashboard.json"), "utf8"));

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}

const targets: readonly (Target & { readonly title: string })[] = dashboard.panels.flatMap(
  ({ title, targets }: { title: string; targets: Target[] }) =>
    targets.map((target) => ({ ...target, title })),
);

/** What Grafana puts in the place of its variables. */
const VARIABLES = { $__rate_interval: "5m", $namespace: ".*", $window: "1h" };

/** Prometheus's own checker, of Debian's package `prometheus`. */
const PROMTOOL = "promtool";
const hasPromtool = await onPath(PROMTOOL);

/** Labels that Prometheus gives to what it reads from a pod. */
const OF_PROMETHEUS = ["namespace", "pod"];

/** The metrics that a runtime exports that has done all it can: their labels by name. */
async function exported(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { socket, bus, processes } = await startStatus();
  bus.emit({ ...bootStarted, mode: "seed" });
  const agent = processes.add("agent", "exec sleep 1000", { kind: "agent" });
  await agent.start();
  await until(agent, "running");
  const [startMs, endMs] = [0, 1];
  bus.emit({ type: "phase.ended", id: "stage", status: "done", startMs, endMs, detail: {} });
  bus.emit({ type: "boot.seeded", seededMs: 1 });
  bus.emit({ type: "adopt.started", requestedMs: 2, repositories: [], phases: [] });
  bus.emit({ type: "boot.ready", readyMs: 3, urls: {} });
  const firstAnswer = {
    kind: "answered",
    askedMs: 4,
    headersMs: 5,
    firstByteMs: 6,
    endMs: 7,
  } as const;
  const report = {
    name: "x",
    version: null,
    url: null,
    pid: null,
    spawnedMs: null,
    listeningMs: null,
    authentication: null,
  };
  const session = { sessionId: null, sessionMs: null, catalogue: null, restarts: [] };
  bus.emit({ type: "agent.changed", agent: { ...report, ...session, firstAnswer } });
  const { body } = await ask(socket, "/metrics");
  const found = new Map<string, Set<string>>();
  for (const [, name = "", labels = ""] of body.matchAll(/^([a-z_]+)(?:\{(.*)\})? \S+$/gm)) {
    const known = found.get(name) ?? new Set(OF_PROMETHEUS);
    for (const [, label = ""] of labels.matchAll(/(\w+)="/g)) known.add(label);
    found.set(name, known);
  }
  return found;
}

describe("the Grafana dashboard", () => {
  it("asks for metrics and labels that a runtime exports, and for no others", async () => {
    const metrics = await exported();
    for (const { title, expr, legendFormat } of targets) {
      const names = [...expr.matchAll(/\b((?:sandboot|process)_\w+)/g)].map(
        ([, name = ""]) => name,
      );
      expect(names, title).not.toEqual([]);
      const labels = new Set(names.flatMap((name) => [...(metrics.get(name) ?? [])]));
      const unknown = names.filter((name) => !metrics.has(name));
      expect(unknown, title).toEqual([]);
      const selected = [...expr.matchAll(/[{,](\w+)=~?"/g)].map(([, label = ""]) => label);
      const grouped = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
        list.split(", "),
      );
      expect(
        [...selected, ...grouped].filter((label) => !labels.has(label)),
        title,
      ).toEqual([]);
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);
      expect(
        shown.filter((label) => !grouped.includes(label)),
        title,
      ).toEqual([]);
    }
    expect(targets.length).toBeGreaterThan(10);
  });

  it("shows boots, bindings, phases and first answers by percentiles", () => {
    const asked = targets.map(({ expr }) => expr).join("\n");
    for (const name of ["boot_duration", "binding_duration", "phase_duration", "first_answer"]) {
      expect(asked).toMatch(
        new RegExp(`histogram_quantile\\(0\\.95, .*sandboot_${name}_seconds_bucket`),
      );
    }
  });

  it("has panels that do not overlap, each with a title of its own", () => {
    const cells = dashboard.panels.flatMap(
      ({ gridPos: { x, y, w, h } }: { gridPos: Record<"x" | "y" | "w" | "h", number> }) =>
        Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    const titles = dashboard.panels.map(({ title }: { title: string }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it.skipIf(!hasPromtool)(
    "has queries that Prometheus can read (skipped without promtool)",
    async () => {
      const rules = targets.map(({ expr }, index) => ({
        record: `sandboot:query_${index}`,
        expr: Object.entries(VARIABLES).reduce((text, [name, value]) => {
          return text.replaceAll(name, value);
        }, expr),
      }));
      const file = join(await scratchFolder(), "rules.json");
      await writeFile(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
      const { stdout } = await execa(PROMTOOL, ["check", "rules", file]);
      expect(stdout).toContain(`SUCCESS: ${targets.length} rules found`);
    },
  );
});
