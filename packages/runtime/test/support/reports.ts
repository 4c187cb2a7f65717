import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type BootReport, bootReportSchema } from "../../src/protocol/index.ts";
import { initialState } from "../../src/protocol/reduce.ts";
import { buildReport } from "../../src/report/build-report.ts";

/** The recorded report of a real boot of the quickstart. */
export async function recordedReport(): Promise<BootReport> {
  const file = join(import.meta.dirname, "../fixtures/ready-report.json");
  return bootReportSchema.parse(JSON.parse(await readFile(file, "utf8")));
}

interface PhaseSketch {
  readonly id: string;
  readonly needs?: readonly string[];
  /** Start and end in milliseconds; absent when it never ran, with a null end while it runs. */
  readonly ran?: readonly [number, number | null];
  readonly status?: BootReport["phases"][number]["status"];
  readonly required?: boolean;
  readonly where?: "main" | "workers";
}

interface Sketch {
  readonly phases: readonly PhaseSketch[];
  readonly mode?: BootReport["mode"];
  readonly outcome?: BootReport["outcome"];
  readonly readyMs?: number | null;
  readonly startedAt?: string;
}

/** Makes a report from a sketch, by the code that makes the reports of real boots. */
export function reportOf(sketch: Sketch): BootReport {
  const { phases, mode = "fresh", outcome = "ready", readyMs = null } = sketch;
  return buildReport(
    {
      ...initialState,
      runtimeVersion: "1.0.0",
      startedAt: sketch.startedAt ?? "2026-01-01T00:00:00.000Z",
      mode,
      status: "ready",
      readyMs,
      phases: phases.map(({ id, needs = [], ran, status, required = true, where = "main" }) => ({
        id,
        title: id,
        needs: [...needs],
        where,
        required,
        status: status ?? (ran === undefined ? "skipped" : ran[1] === null ? "running" : "done"),
        startMs: ran?.[0] ?? null,
        endMs: ran?.[1] ?? null,
        detail: {},
        warnings: [],
      })),
    },
    outcome,
  );
}
