// What the panel costs an editor that starts: loading the bundle and activating it, in a fresh process each time.
// `npm run bench -- panel [--runs N] [--out FILE]`
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { runScript } from "../../scripts/bootstrap.mjs";
import { alternate } from "../lib/alternate.ts";
import { parseBenchOptions } from "../lib/options.ts";
import { summarize } from "../lib/stats.ts";
import { formatMs, formatTable } from "../lib/table.ts";

const TARGET_MS = 30;

interface Sample {
  readonly loadMs: number;
  readonly activateMs: number;
}

async function main(): Promise<number> {
  const { runs, out } = parseBenchOptions(process.argv.slice(2), ["activation"], 20);
  const program = join(import.meta.dirname, "activate.ts");
  const samples = await alternate<Sample>({
    contenders: [
      {
        id: "panel",
        run: async (_round, signal) => {
          const { stdout } = await promisify(execFile)(process.execPath, [program], { signal });
          return JSON.parse(stdout) as Sample;
        },
      },
    ],
    runs,
    signal: new AbortController().signal,
  });
  const all = samples.get("panel") ?? [];
  const parts = {
    "load the bundle": all.map(({ loadMs }) => loadMs),
    activate: all.map(({ activateMs }) => activateMs),
    "both together": all.map(({ loadMs, activateMs }) => loadMs + activateMs),
  };
  const rows = Object.entries(parts).map(([name, sample]) => {
    const { median, p95, max } = summarize(sample);
    return [name, formatMs(median), formatMs(p95), formatMs(max)];
  });
  console.log(`${runs} processes, after a warm-up\n`);
  console.log(formatTable(["", "median", "p95", "max"], rows));
  const { median } = summarize(parts["both together"]);
  console.log(`\nlimit ${formatMs(TARGET_MS)}: ${median <= TARGET_MS ? "kept" : "broken"}`);
  if (out !== null) await writeFile(out, `${JSON.stringify(all, null, 2)}\n`);
  return 0;
}

await runScript(main);
